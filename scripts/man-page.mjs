// The manual page docs/pagelend.1, made from the same table of commands as the help and docs/cli.md.

const EXIT = [
  ['0', 'done'],
  ['1', 'failed; one line on stderr says why, with a code'],
  ['2', 'the command line was wrong'],
  ['130, 143', 'ended by SIGINT or SIGTERM'],
];
const FILES = [
  ['STATE_DIR/leases/NAME.sock', 'the socket of a lease; the name of its NBD export is NAME'],
  ['STATE_DIR/admin.sock', 'where the lease verbs and top reach the daemon'],
  ['STATE_DIR/leases/NAME.json', 'the definition of a lease'],
];

export function manPage(program, version) {
  const lines = [
    '.\\" Made by `npm run docs` from the table of commands; change that instead.',
    `.TH PAGELEND 1 "" "pagelend ${version}" "User Commands"`,
    '.SH NAME',
    'pagelend \\- lend memory to virtual machines, page by page, and choose which pages leave',
    '.SH SYNOPSIS',
    '.B pagelend',
    '.I command',
    '[options]',
    '.SH DESCRIPTION',
    text(program.description()),
    '.SH COMMANDS',
    ...program.commands.flatMap((command) => section(command, 'pagelend')),
    '.SH EXIT STATUS',
    ...EXIT.flatMap(([status, says]) => ['.TP', `.B ${text(status)}`, text(says)]),
    '.SH FILES',
    ...FILES.flatMap(([path, says]) => ['.TP', `.I ${text(path)}`, text(says)]),
    '.SH SEE ALSO',
    '.BR nbd-client (8),',
    '.BR qemu-system-x86_64 (1),',
    '.BR swapon (8)',
  ];
  return `${lines.join('\n')}\n`;
}

function section(command, path) {
  if (command._hidden || command.name() === 'help') return [];
  const help = command.createHelp();
  const full = `${path} ${command.name()}`;
  const children = command.commands.flatMap((child) => section(child, full));
  const options = help
    .visibleOptions(command)
    .flatMap((option) => [
      '.TP',
      `.B ${text(help.optionTerm(option))}`,
      text(help.optionDescription(option)),
    ]);
  return [
    `.SS ${text(help.commandUsage(command).replace(/^(?!pagelend)/, `${path} `))}`,
    text(help.commandDescription(command)),
    ...options,
    ...children,
  ];
}

/** Plain text as roff takes it: no line starts a request, and a hyphen stays one. */
function text(plain) {
  return plain
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .split('\n')
    .map((line) => line.trim().replace(/^([.'])/, '\\&$1'))
    .filter((line) => line !== '')
    .join('\n');
}
