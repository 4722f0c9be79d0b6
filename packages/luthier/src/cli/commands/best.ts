import { LuthierError } from '@luthier/core';
import { type Command, defineCommand } from '../command.ts';
import { commonOptions, storeOption, studyOption } from '../common-options.ts';
import { palette } from '../display/colors.ts';
import { formatMetric } from '../display/format.ts';
import { typescriptLiteral } from '../display/typescript-literal.ts';
import { EXIT } from '../exit-codes.ts';
import { printJson, printLines, renderOptions } from '../output.ts';
import { readStudy } from '../read-study.ts';
import { bestTrial } from '../trial-facts.ts';

export const bestCommand: Command = defineCommand({
  name: 'best',
  summary: 'Show the best configuration of a study',
  arguments: [],
  examples: [
    { command: 'luthier best', text: 'as TypeScript to paste' },
    { command: 'luthier best --json', text: 'trial, parameters and scores as JSON' },
  ],
  options: { ...studyOption, ...storeOption, ...commonOptions },
  run: async ({ options }, context) => {
    const { study, history } = await readStudy(options, context);
    const found = bestTrial(history);
    const objective = history.objectives[0];
    if (found === undefined || objective === undefined) {
      throw new LuthierError('LU_STUDY_NO_BEST', `study '${study}' has no completed trial yet`, {
        fix: 'Run luthier tune <file> --resume, then ask again.',
      });
    }
    const { trial, scores } = found;
    const value = trial.values?.[0];
    if (options.json) {
      printJson(context, {
        study,
        trial: trial.number,
        objective,
        value,
        scores,
        params: trial.params,
        metrics: trial.metrics ?? {},
      });
      return EXIT.done;
    }
    const { color } = renderOptions(context, options.noColor);
    const c = palette(color);
    const repeats = scores.length === 0 ? '' : ` · on other seeds ${scores.map(formatMetric).join(', ')}`;
    printLines(context, [
      c.dim(`// ${study}: trial #${trial.number}, ${objective.metric} ${formatMetric(value)}${repeats}`),
      ...typescriptLiteral('best', trial.params),
    ]);
    return EXIT.done;
  },
});
