import { bestTrial, type History, isBetter, type Objective } from '@luthier/search';
import type { NextCommand, TuneOptions } from './contract.ts';
import { searchedSeconds } from './searched-seconds.ts';
import { shellWord } from './shell-word.ts';

const DEFAULT_STORE = 'runs/studies.db';

/** A target that a value does not reach yet, in few digits. */
function nextBetter(value: number, direction: Objective['direction']): number {
  const step = 0.01 * Math.max(Math.abs(value), 1e-6);
  return Number((direction === 'maximize' ? value + step : value - step).toPrecision(4));
}

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
      const { minutes, epochs, target } = history.budget;
      const used = searchedSeconds(history, workers) / 60;
      // A limit of time would end the search at once: as much again is granted.
      const more = minutes === undefined ? '' : ` --minutes ${Math.ceil(Math.max(used, minutes) + minutes)}`;
      const searched = history.trials.filter((trial) => trial.purpose === 'search');
      const run = searched.reduce((sum, { reports }) => sum + (reports.steps.at(-1) ?? 0), 0);
      const longer = epochs === undefined ? '' : ` --max-epochs ${Math.max(run, epochs) + epochs}`;
      const best = bestTrial(history)?.values?.[0];
      const [objective] = history.objectives;
      // At its target a search would end at once: going on means to beat what it has.
      const isReached = target !== undefined && best !== undefined && !isBetter(objective!, target, best);
      const beyond = isReached ? ` --target ${nextBetter(best, objective!.direction)}` : '';
      return [
        {
          command: `${resume} --trials ${searched.length + 30}${more}${longer}${beyond}`,
          what: 'search on, 30 more trials',
        },
        {
          command: `npx luthier show ${model}${storeFlag} --study ${shellWord(study)}`,
          what: 'the best model, and why it was tried',
        },
        { command: `npx luthier trials${storeFlag} --study ${shellWord(study)}`, what: 'all trials' },
      ];
    },
  };
}
