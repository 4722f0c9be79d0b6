import { type Command, defineCommand } from '../command.ts';
import { commonOptions, storeOption, studyOption } from '../common-options.ts';
import { renderStudy } from '../display/study-detail.ts';
import { renderTrial } from '../display/trial-detail.ts';
import { EXIT } from '../exit-codes.ts';
import { printJson, printLines, renderOptions } from '../output.ts';
import { readStudy } from '../read-study.ts';
import { isTrialNumber, trialOf } from '../trial-of.ts';

export const showCommand: Command = defineCommand({
  name: 'show',
  summary: 'Show a study or one of its trials',
  arguments: [
    { name: 'what', text: 'number of a trial or name of a study (default: the study)', required: false },
  ],
  examples: [
    { command: 'luthier show', text: 'the study: settings, progress, best trials' },
    { command: 'luthier show 17', text: 'trial 17: parameters, why it was tried, curves' },
    { command: 'luthier show 17 --json', text: 'the same as JSON' },
  ],
  options: { ...studyOption, ...storeOption, ...commonOptions },
  run: async ({ positionals: [what], options }, context) => {
    const isTrial = what !== undefined && isTrialNumber(what);
    const name = options.study ?? (isTrial ? undefined : what);
    const { study, history } = await readStudy({ store: options.store, study: name }, context);
    const style = { ...renderOptions(context, options.noColor), now: context.clock.now() };
    if (!isTrial) {
      if (options.json) printJson(context, { study, history });
      else printLines(context, renderStudy(study, history, style));
      return EXIT.done;
    }
    const trial = trialOf(study, history, what);
    if (options.json) printJson(context, { study, trial });
    else printLines(context, renderTrial(history, trial, style));
    return EXIT.done;
  },
});
