import { LuthierError } from '@luthier/core';
import type { History, TrialRecord } from '@luthier/search';

/** Whether a word of the command line is the number of a trial: `17` or `#17`. */
export function isTrialNumber(word: string): boolean {
  return /^#?\d+$/.test(word);
}

/** The trial that a word of the command line names; throws LU_STUDY_TRIAL when the study has none such. */
export function trialOf(study: string, history: History, word: string): TrialRecord {
  const number = Number(word.replace('#', ''));
  const trial = history.trials[number];
  if (trial !== undefined) return trial;
  const last = history.trials.length - 1;
  throw new LuthierError('LU_STUDY_TRIAL', `study '${study}' has no trial ${number}`, {
    fix: last < 0 ? 'It has no trials yet.' : `Use a number from 0 to ${last}.`,
  });
}
