// pagelend trace export: our traces for other tools.

import { type ExportFormat, exportFormats, exportTrace } from '@pagelend/trace';
import { type Command, Option } from 'commander';
import { interruptible } from '../interrupt.ts';
import { checkDistinct } from '../output-file.ts';
import { withProgress } from '../progress.ts';
import { count, showDone } from '../text.ts';

const TEACHES = `
Formats:
${exportFormats.map(({ name, description }) => `  ${name.padEnd(15)}${description}`).join('\n')}

Examples:
  pagelend trace export --format csv ls.plt -o ls.csv.gz
  pagelend trace export --format csv ls.plt -o - | head
  pagelend trace export --format oracleGeneral ls.plt -o ls.oracleGeneral`;

interface ExportFlags {
  readonly format: ExportFormat;
  readonly output: string;
  readonly json?: boolean;
}

export function addTraceExport(trace: Command): void {
  const names = exportFormats.map(({ name }) => name);
  trace
    .command('export')
    .description('write a trace in another format')
    .argument('<in>', 'the trace, - for stdin')
    .addOption(
      new Option('-F, --format <name>', 'format to write').choices(names).makeOptionMandatory(),
    )
    .requiredOption('-o, --output <file>', 'file to write, compressed if .gz; - for stdout')
    .option('--json', 'print JSON')
    .addHelpText('after', TEACHES)
    .action(exportOne);
}

async function exportOne(input: string, flags: ExportFlags): Promise<void> {
  const { format, output } = flags;
  checkDistinct([output], [input]);
  const { references } = await interruptible((signal) =>
    withProgress((progress) =>
      exportTrace({
        format,
        input,
        output,
        signal,
        onProgress: (state) => progress.trace(`exporting ${input}`, state),
      }),
    ),
  );
  const line = `${output}: ${count(references)} references as ${format}`;
  const schema = 'pagelend.trace-export/1';
  showDone(output, flags.json === true, line, { schema, file: output, format, references });
}
