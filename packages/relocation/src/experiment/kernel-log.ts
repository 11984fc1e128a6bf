// Lines of a guest's kernel log that mean that something went wrong: failed input or output, pages
// that could not be read back, killed processes, the kernel's own warnings. What a kernel says while
// it boots is no matter of the experiment's: on a busy host user-mode Linux complains of its clock.

const COMPLAINT =
  /I\/O error|Read-error on swap|Write-error on swap|Bad swap|swap_(?:info|dup|free)|Out of memory|oom-kill|oom_reaper|page allocation failure|BUG:|WARNING:|Kernel panic|hung_task|blocked for more than/i;

/** At most so many of one guest; the first ones tell the most. */
const COMPLAINTS_MAX = 5;

/** In what was added to `before`, an earlier look at the same log. */
export function complaintsIn(log: string, before = ''): string[] {
  return log
    .slice(log.startsWith(before) ? before.length : 0)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => COMPLAINT.test(line))
    .slice(0, COMPLAINTS_MAX);
}
