import { IMPORTANCE_TRIALS, importance, topTrials } from '@luthier/search';
import { diagnoseStudy } from '../../tune/diagnose-study.ts';
import { type Command, defineCommand } from '../command.ts';
import { commonOptions, storeOption, studyOption } from '../common-options.ts';
import { palette } from '../display/colors.ts';
import { plural } from '../display/format.ts';
import { renderTable } from '../display/table.ts';
import { truncate } from '../display/text.ts';
import { EXIT } from '../exit-codes.ts';
import { printJson, printLines, renderOptions } from '../output.ts';
import { readStudy } from '../read-study.ts';

const BAR_WIDTH = 30;

export const importanceCommand: Command = defineCommand({
  name: 'importance',
  summary: 'Show which hyperparameters decide between good and other trials',
  arguments: [],
  examples: [
    { command: 'luthier importance', text: 'shares of all, most important first' },
    { command: 'luthier importance --json', text: 'the same as JSON' },
    { command: 'luthier importance --out sensitivity.svg', text: 'a picture: the objective by each of them' },
  ],
  options: {
    out: {
      kind: 'text',
      placeholder: 'file',
      text: 'write a picture of the objective by each hyperparameter',
    },
    ...studyOption,
    ...storeOption,
    ...commonOptions,
  },
  run: async ({ options }, context) => {
    const { study, history } = await readStudy(options, context);
    const shares = importance(history);
    const complete = topTrials(history, history.trials.length).length;
    if (options.out !== undefined) {
      // Charts load only when one is wanted: other commands start without them.
      const [{ renderSvg, sensitivityChart, sensitivityHeight }, { writePicture }] = await Promise.all([
        import('@luthier/plots'),
        import('../../tune/result-files.ts'),
      ]);
      const size = { width: 960, height: sensitivityHeight(history) };
      await writePicture(context.cwd, options.out, renderSvg(sensitivityChart(history, { study }), size));
      context.stderr.write(`wrote ${options.out}\n`);
    }
    if (options.json) {
      const { wasted } = diagnoseStudy(history);
      printJson(context, { study, complete, needed: IMPORTANCE_TRIALS, importance: shares, wasted });
      return EXIT.done;
    }
    const style = renderOptions(context, options.noColor);
    const c = palette(style.color);
    if (shares.length === 0) {
      const missing = `${study} has ${plural(complete, 'complete trial')}; importance needs ${IMPORTANCE_TRIALS}`;
      printLines(context, [missing]);
      return EXIT.done;
    }
    const rows = shares.map(({ parameter, share, trials }) => [
      parameter,
      `${(100 * share).toFixed(1)} %`,
      c.accent('█'.repeat(Math.round(BAR_WIDTH * share))),
      String(trials),
    ]);
    const columns = [
      { title: 'parameter' },
      { title: 'share', align: 'right' as const },
      { title: ' '.repeat(BAR_WIDTH), leftOut: 2 },
      { title: 'trials', align: 'right' as const, leftOut: 1 },
    ];
    const { wasted } = diagnoseStudy(history);
    printLines(context, [
      '',
      ` ${c.strong(study)}  ${c.dim(`PED-ANOVA on the best tenth of ${plural(complete, 'complete trial')}`)}`,
      ...renderTable(columns, rows, { title: c.dim, width: style.width - 3 }).map((line) => `   ${line}`),
      ...wasted.map(({ text }) => truncate(`   ${text}`, style.width)),
      '',
    ]);
    return EXIT.done;
  },
});
