// pagelend trace import: traces in other formats become ours.

import {
  type CsvColumn,
  type CsvOptions,
  type ImportFormat,
  importFormats,
  importTrace,
} from '@pagelend/trace';
import { type Command, Option } from 'commander';
import { CliError } from '../failure.ts';
import { interruptible } from '../interrupt.ts';
import { sizeBytes } from '../numbers.ts';
import { checkDistinct } from '../output-file.ts';
import { withProgress } from '../progress.ts';
import { showSummary } from '../summary.ts';

const TEACHES = `
Formats:
${importFormats.map(({ name, description }) => `  ${name.padEnd(15)}${description}`).join('\n')}

IN is a file or - for stdin; .gz and .zst are decompressed. Page numbers and addresses are exact.

Examples:
  pagelend trace import --format csv refs.csv.gz -o refs.plt
  pagelend trace import --format csv blocks.csv --page-column lba --op-column type -o blocks.plt
  pagelend trace import --format csv raw.txt --no-header --page-column 2 --op-column 3 -o raw.plt
  valgrind --tool=lackey --trace-mem=yes --log-fd=1 ls | pagelend trace import --format lackey - -o ls.plt`;

interface ImportFlags {
  readonly format?: ImportFormat;
  readonly output: string;
  readonly pageSize?: number;
  readonly pageColumn?: string;
  readonly addressColumn?: string;
  readonly opColumn?: string;
  readonly sizeColumn?: string;
  readonly delimiter?: string;
  readonly header: boolean;
  readonly renumber?: boolean;
  readonly json?: boolean;
}

export function addTraceImport(trace: Command): void {
  const names = importFormats.map(({ name }) => name);
  trace
    .command('import')
    .description('turn a trace in another format into one of ours')
    .argument('<in>', 'file to read, - for stdin')
    .addOption(
      new Option('-F, --format <name>', 'format of IN (default: by its suffix)').choices(names),
    )
    .requiredOption('-o, --output <file>', 'the trace to write, - for stdout')
    .option('--page-size <bytes>', 'page size (default: 4KiB)', sizeBytes)
    .option('--page-column <column>', 'csv: column with page numbers, by name or number')
    .option('--address-column <column>', 'csv: column with byte addresses instead')
    .option('--size-column <column>', 'csv: column with the size of each access')
    .option('--op-column <column>', 'csv: column with r or w; none: every reference reads')
    .option('--delimiter <character>', "csv: what separates columns; 'tab' for a tab")
    .option('--no-header', 'csv: the first line is data; columns go by number')
    .option('--renumber', 'oracleGeneral: number 64-bit object ids by first appearance')
    .option('--json', 'print JSON')
    .addHelpText('after', TEACHES)
    .action(importOne);
}

async function importOne(input: string, flags: ImportFlags): Promise<void> {
  const format = flags.format ?? formatBySuffix(input);
  checkDistinct([flags.output], [input]);
  refuseForeignOptions(format, flags);
  const result = await interruptible((signal) =>
    withProgress((progress) =>
      importTrace({
        format,
        input,
        output: flags.output,
        pageSizeBytes: flags.pageSize,
        ...(format === 'csv' ? { csv: csvOptions(flags) } : {}),
        renumber: flags.renumber,
        signal,
        onProgress: (state) => progress.trace(`importing ${input}`, state),
      }),
    ),
  );
  const extra = result.skipped > 0 ? { skipped: result.skipped } : {};
  showSummary(flags.output, result.summary, flags.json === true, extra);
}

function formatBySuffix(input: string): ImportFormat {
  const bare = input.replace(/\.(gz|zst)$/, '');
  const found = importFormats.find(({ extensions }) =>
    extensions.some((extension) => bare.endsWith(extension)),
  );
  if (found !== undefined) return found.name as ImportFormat;
  const names = importFormats.map(({ name }) => name).join(', ');
  throw new CliError('CLI_USAGE', `${input}: its suffix names no format; give --format: ${names}`);
}

/** An option that would be ignored silently is more likely a slip than meant. */
function refuseForeignOptions(format: ImportFormat, flags: ImportFlags): void {
  const csv = {
    '--page-column': flags.pageColumn,
    '--address-column': flags.addressColumn,
    '--size-column': flags.sizeColumn,
    '--op-column': flags.opColumn,
    '--delimiter': flags.delimiter,
    '--no-header': flags.header ? undefined : true,
  };
  const given = format === 'csv' ? [] : Object.entries(csv).filter(([, value]) => value);
  if (given.length > 0) {
    throw new CliError('CLI_USAGE', `${given[0]![0]} is for csv, and the format is ${format}`);
  }
  if (flags.renumber === true && format !== 'oracleGeneral') {
    throw new CliError(
      'CLI_USAGE',
      `--renumber is for oracleGeneral, and the format is ${format}: its numbers are exact`,
    );
  }
}

function csvOptions(flags: ImportFlags): CsvOptions {
  const { pageColumn, addressColumn, opColumn, sizeColumn, delimiter } = flags;
  return {
    hasHeader: flags.header,
    ...(pageColumn === undefined ? {} : { page: column(pageColumn) }),
    ...(addressColumn === undefined ? {} : { address: column(addressColumn) }),
    ...(opColumn === undefined ? {} : { op: opColumn === 'none' ? null : column(opColumn) }),
    ...(sizeColumn === undefined ? {} : { size: column(sizeColumn) }),
    ...(delimiter === undefined ? {} : { delimiter: delimiter === 'tab' ? '\t' : delimiter }),
  };
}

function column(text: string): CsvColumn {
  return /^\d+$/.test(text) ? Number(text) : text;
}
