import type { History } from '@luthier/search';
import type { NextCommand, TuneOptions } from './contract.ts';
import { searchedSeconds } from './searched-seconds.ts';
import { shellWord } from './shell-word.ts';

const DEFAULT_STORE = 'runs/studies.db';

/** The commands that usually follow a run of `tune`, ready to paste into the same folder. */
export function commandLine(
  options: Pick<TuneOptions, 'file' | 'store' | 'study'>,
  study: string,
  nameInFile: string,
): {
  readonly resume: string;
  next(history: History, model: number, workers: number): readonly NextCommand[];
} {
  const storeFlag = options.store === DEFAULT_STORE ? '' : ` --store ${shellWord(options.store)}`;
  const studyFlag = study === nameInFile ? '' : ` --study ${shellWord(study)}`;
  const resume = `npx luthier tune ${shellWord(options.file)}${storeFlag}${studyFlag} --resume`;
  return {
    resume,
    next: (history, model, workers) => {
      const { minutes } = history.budget;
      const used = searchedSeconds(history, workers) / 60;
      // A limit of time would end the search at once: as much again is granted.
      const more = minutes === undefined ? '' : ` --minutes ${Math.ceil(Math.max(used, minutes) + minutes)}`;
      const trials = history.trials.filter((trial) => trial.purpose === 'search').length;
      return [
        { command: `${resume} --trials ${trials + 30}${more}`, what: 'search on, 30 more trials' },
        {
          command: `npx luthier show ${model}${storeFlag} --study ${shellWord(study)}`,
          what: 'the best model, and why it was tried',
        },
        { command: `npx luthier trials${storeFlag} --study ${shellWord(study)}`, what: 'all trials' },
      ];
    },
  };
}
