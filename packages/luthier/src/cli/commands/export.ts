import { didYouMean, LuthierError } from '@luthier/core';
import { type Command, defineCommand } from '../command.ts';
import { commonOptions, storeOption, studyOption } from '../common-options.ts';
import { EXIT } from '../exit-codes.ts';
import { curvesCsv, trialsCsv } from '../export/csv.ts';
import { printJson } from '../output.ts';
import { readStudy } from '../read-study.ts';

const FORMATS = ['csv', 'json'] as const;

export const exportCommand: Command = defineCommand({
  name: 'export',
  summary: 'Print a whole study as CSV or JSON',
  arguments: [{ name: 'study', text: 'name of the study (default: the only one)', required: false }],
  examples: [
    { command: 'luthier export > trials.csv', text: 'a row a trial' },
    { command: 'luthier export --curves > curves.csv', text: 'a row an epoch of every trial' },
    { command: 'luthier export --format json > study.json', text: 'everything, NaN and Infinity kept' },
  ],
  options: {
    format: { kind: 'text', placeholder: 'format', text: `${FORMATS.join(' or ')} (default: csv)` },
    curves: { kind: 'flag', text: 'with csv: the reports instead of the trials' },
    ...studyOption,
    ...storeOption,
    ...commonOptions,
  },
  run: async ({ positionals: [name], options }, context) => {
    const format = options.format ?? (options.json ? 'json' : 'csv');
    if (!FORMATS.some((known) => known === format)) {
      throw new LuthierError('LU_CLI_VALUE', `--format knows no '${format}'${didYouMean(format, FORMATS)}`, {
        fix: `Use one of ${FORMATS.join(', ')}.`,
      });
    }
    if (format === 'csv' && options.json) {
      throw new LuthierError('LU_CLI_USAGE', '--json and --format csv exclude each other', {
        fix: 'Leave one of them out.',
      });
    }
    if (format === 'json' && options.curves) {
      throw new LuthierError('LU_CLI_USAGE', '--curves is for csv; json holds the curves anyway', {
        fix: 'Leave out --curves.',
      });
    }
    if (name !== undefined && options.study !== undefined && name !== options.study) {
      throw new LuthierError('LU_CLI_USAGE', `two studies are named: ${name} and ${options.study}`, {
        fix: 'Name one.',
      });
    }
    const { study, history } = await readStudy(
      { store: options.store, study: name ?? options.study },
      context,
    );
    if (format === 'json') printJson(context, { study, history });
    else context.stdout.write(options.curves ? curvesCsv(history) : trialsCsv(history));
    return EXIT.done;
  },
});
