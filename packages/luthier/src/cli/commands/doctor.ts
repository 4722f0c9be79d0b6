import type { Params } from '@luthier/core';
import type { Advice, History } from '@luthier/search';
import { applyAdvice } from '../../tune/apply-advice.ts';
import { diagnoseStudy, trialDiagnosis } from '../../tune/diagnose-study.ts';
import { shellWord } from '../../tune/shell-word.ts';
import { type Command, defineCommand } from '../command.ts';
import { commonOptions, storeOption, studyOption } from '../common-options.ts';
import { renderStudyDiagnosis, renderTrialDiagnosis } from '../display/doctor.ts';
import { endSections } from '../display/report.ts';
import { EXIT } from '../exit-codes.ts';
import { printJson, printLines, renderOptions } from '../output.ts';
import { readStudy } from '../read-study.ts';
import { isTrialNumber, trialOf } from '../trial-of.ts';

/** The pieces of advice that the space has a place for, as commands that queue them. */
function trials(
  study: string,
  store: string | undefined,
  history: History,
  params: Params,
  advice: readonly Advice[],
): readonly { readonly command: string; readonly what: string; readonly params: Params }[] {
  const storeFlag = store === undefined ? '' : ` --store ${shellWord(store)}`;
  return advice.flatMap((item) => {
    const changed = applyAdvice(history.space, params, item);
    if (changed === undefined) return [];
    const sets = Object.entries(changed).map(([name, value]) => `--set ${shellWord(`${name}=${value}`)}`);
    const command = `npx luthier enqueue --study ${shellWord(study)}${storeFlag} ${sets.join(' ')}`;
    return [{ command, what: item.text, params: changed }];
  });
}

export const doctorCommand: Command = defineCommand({
  name: 'doctor',
  summary: 'Diagnose a study or one of its trials: verdict, evidence, advice',
  arguments: [
    { name: 'what', text: 'name of a study or number of a trial (default: the study)', required: false },
  ],
  examples: [
    { command: 'luthier doctor', text: 'the winner, the study, every trial' },
    { command: 'luthier doctor 17', text: 'trial 17' },
    { command: 'luthier doctor --json', text: 'with all evidence as JSON' },
  ],
  options: { ...studyOption, ...storeOption, ...commonOptions },
  run: async ({ positionals: [what], options }, context) => {
    const isTrial = what !== undefined && isTrialNumber(what);
    const name = options.study ?? (isTrial ? undefined : what);
    const { study, history } = await readStudy({ store: options.store, study: name }, context);
    const style = renderOptions(context, options.noColor);
    const number = isTrial ? trialOf(study, history, what).number : undefined;
    const whole = number === undefined ? diagnoseStudy(history) : undefined;
    const found = number === undefined ? whole?.best : trialDiagnosis(history.trials[number]!);
    const next =
      found === undefined
        ? []
        : trials(study, options.store, history, history.trials[found.trial]!.params, [
            ...found.verdict.advice,
            ...(found.size?.advice ?? []),
          ]);
    if (options.json) {
      printJson(context, whole === undefined ? { study, ...found, next } : { study, ...whole, next });
      return EXIT.done;
    }
    const lines =
      whole === undefined
        ? ['', ...renderTrialDiagnosis(found!, style)]
        : renderStudyDiagnosis(study, history.objectives[0]?.metric ?? 'value', whole, style);
    printLines(context, [...lines, ...endSections([], next, style), '']);
    return EXIT.done;
  },
});
