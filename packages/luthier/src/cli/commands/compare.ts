import { LuthierError } from '@luthier/core';
import { type Command, defineCommand } from '../command.ts';
import { commonOptions, storeOption, studyOption } from '../common-options.ts';
import { compareStudies } from '../compare/compare-studies.ts';
import { compareTrials } from '../compare/compare-trials.ts';
import type { Comparison } from '../compare/comparison.ts';
import type { CliContext } from '../context.ts';
import { palette } from '../display/colors.ts';
import { renderTable } from '../display/table.ts';
import { truncate } from '../display/text.ts';
import { EXIT } from '../exit-codes.ts';
import { printJson, printLines, renderOptions } from '../output.ts';
import { readStudy } from '../read-study.ts';
import { isTrialNumber, trialOf } from '../trial-of.ts';

async function comparison(
  [a, b]: readonly [string, string],
  options: { readonly study: string | undefined; readonly store: string | undefined },
  context: CliContext,
): Promise<Comparison> {
  if (isTrialNumber(a) && isTrialNumber(b)) {
    const { study, history } = await readStudy(options, context);
    return compareTrials(study, history, trialOf(study, history, a), trialOf(study, history, b));
  }
  if (isTrialNumber(a) || isTrialNumber(b)) {
    throw new LuthierError('LU_CLI_USAGE', `a trial and a study cannot be compared: ${a} and ${b}`, {
      fix: 'Name two trials or two studies.',
    });
  }
  if (options.study !== undefined) {
    throw new LuthierError('LU_CLI_USAGE', '--study is for comparing two trials', { fix: 'Leave it out.' });
  }
  const [first, second] = [
    await readStudy({ store: options.store, study: a }, context),
    await readStudy({ store: options.store, study: b }, context),
  ];
  return compareStudies([first.study, second.study], [first.history, second.history], context.clock.now());
}

export const compareCommand: Command = defineCommand({
  name: 'compare',
  summary: 'Compare two trials or two studies: what differs, and whether the lead is more than luck',
  arguments: [
    { name: 'a', text: 'number of a trial or name of a study', required: true },
    { name: 'b', text: 'the other', required: true },
  ],
  examples: [
    { command: 'luthier compare 3 17', text: 'two trials of the study' },
    { command: 'luthier compare digits digits-wide', text: 'two studies of the store' },
  ],
  options: { ...studyOption, ...storeOption, ...commonOptions },
  run: async ({ positionals, options }, context) => {
    const found = await comparison([positionals[0]!, positionals[1]!], options, context);
    if (options.json) {
      printJson(context, { ...found.json, note: found.note });
      return EXIT.done;
    }
    const style = renderOptions(context, options.noColor);
    const c = palette(style.color);
    const columns = [{ title: '' }, ...found.titles.map((title) => ({ title, align: 'right' as const }))];
    const rows = found.rows.map(([name, a, b]) => [name, a, a === b ? b : c.strong(b)]);
    printLines(context, [
      '',
      ...renderTable(columns, rows, { title: c.dim, width: style.width - 1 }).map((line) => ` ${line}`),
      '',
      truncate(c.dim(` ${found.note}`), style.width),
      '',
    ]);
    return EXIT.done;
  },
});
