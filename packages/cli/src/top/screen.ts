// The terminal while `top` runs: its other screen, without cursor, keys as they are pressed; and all
// of it put back, however it ends.

import { quittable } from '../interrupt.ts';
import { ratesBetween, type Sample } from './rates.ts';
import { renderTop } from './render.ts';

const ENTER = '\x1b[?1049h\x1b[?25l';
const LEAVE = '\x1b[?25h\x1b[?1049l';
const HOME = '\x1b[H';
const CLEAR_LINE = '\x1b[K';
const CLEAR_REST = '\x1b[J';
const COLUMNS = 80;
const ROWS = 24;
const CTRL_C = '\x03';

/** Looks every `intervalMs` and shows it, until q, Ctrl-C or a signal. */
export async function live(look: () => Promise<Sample>, intervalMs: number): Promise<void> {
  // The first look fails as every verb does: before the screen is touched.
  let now = await look();
  let before: Sample | null = null;
  let trouble = '';
  const draw = (): void => {
    const { isTTY } = process.stdout;
    // A terminal that was never told its size says that it has none.
    const width = process.stdout.columns || COLUMNS;
    const rows = process.stdout.rows || ROWS;
    const hasColor = isTTY && (process.env.NO_COLOR ?? '') === '';
    const text = renderTop(now, ratesBetween(before, now), { width, rows: rows - 1, hasColor });
    const lines = trouble === '' ? text : `${text}\n\n${trouble.slice(0, width)}`;
    const shown = lines.split('\n').slice(0, rows).join(`${CLEAR_LINE}\n`);
    process.stdout.write(`${HOME}${shown}${CLEAR_LINE}${CLEAR_REST}`);
  };
  const { stdin } = process;
  const leave = (): void => {
    if (stdin.isTTY) stdin.setRawMode(false);
    stdin.pause();
    process.stdout.off('resize', draw);
    process.stdout.write(LEAVE);
  };
  await quittable(leave, async () => {
    process.stdout.write(ENTER);
    process.stdout.on('resize', draw);
    const keys = quitKey();
    try {
      for (draw(); !(await keys.isPressedWithin(intervalMs)); draw()) {
        try {
          const next = await look();
          before = now;
          now = next;
          trouble = '';
        } catch (error) {
          // The daemon may be on its way back; what was last known stays on the screen.
          trouble = error instanceof Error ? error.message : String(error);
        }
      }
    } finally {
      leave();
    }
  });
}

/** Listens for the key that quits. Raw mode delivers Ctrl-C as a key. */
function quitKey(): { isPressedWithin: (ms: number) => Promise<boolean> } {
  const { stdin } = process;
  let press: () => void = () => {};
  const pressed = new Promise<boolean>((resolve) => {
    press = () => resolve(true);
  });
  if (stdin.isTTY) {
    stdin.setRawMode(true);
    stdin.on('data', (keys) => {
      const text = String(keys);
      if (text.includes('q') || text.includes('Q') || text.includes(CTRL_C)) press();
    });
  }
  return {
    async isPressedWithin(ms) {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<boolean>((resolve) => {
        timer = setTimeout(resolve, ms, false);
      });
      const isPressed = await Promise.race([pressed, late]);
      clearTimeout(timer);
      return isPressed;
    },
  };
}
