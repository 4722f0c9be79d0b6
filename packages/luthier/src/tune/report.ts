import {
  bestTrial,
  compareSeeds,
  type History,
  isBetter,
  objectiveOf,
  size,
  spaceEdges,
  type TrialRecord,
  topTrials,
} from '@luthier/search';
import type { Finalist, NextCommand, ReportFile, TuningReport } from './contract.ts';
import { diagnoseTrial, sizeWarningOf } from './diagnose-trial.ts';
import { judgeFinalists } from './finalists.ts';
import { runsOf } from './runs-of.ts';

const TOP = 5;

/** What the report takes from outside the history. */
export interface ReportInput {
  readonly study: string;
  readonly file: string;
  readonly store: string;
  readonly history: History;
  /** Search trials whose configurations were trained again. */
  readonly finalists: readonly TrialRecord[];
  readonly sessionSeconds: number;
  /** Epochs of a full trial. */
  readonly maxResource: number;
  readonly test?: TuningReport['test'];
  readonly retrained?: TuningReport['retrained'];
  readonly files: readonly ReportFile[];
  readonly next: readonly NextCommand[];
}

const secondsOf = (trial: TrialRecord): number => trial.reports.seconds.at(-1) ?? 0;

function savedByPruning(trials: readonly TrialRecord[], maxResource: number): number {
  let saved = 0;
  for (const trial of trials) {
    const steps = trial.reports.steps.at(-1) ?? 0;
    if (trial.state === 'pruned' && steps > 0) {
      saved += (secondsOf(trial) / steps) * Math.max(0, maxResource - steps);
    }
  }
  return saved;
}

/** The run of a configuration (its search trial or one of its repeats) with the best score. */
export function bestRunOf(history: History, winner: TrialRecord): TrialRecord {
  const [objective] = history.objectives;
  let best = winner;
  for (const trial of history.trials) {
    const score = objectiveOf(history, trial);
    if (trial.of !== winner.number || score === undefined || objective === undefined) continue;
    if (isBetter(objective, score, best.values?.[0] ?? Number.NaN)) best = trial;
  }
  return best;
}

/** The winning configuration: first by mean over seeds when there are finalists, else the best search trial. */
export function winnerOf(history: History, finalists: readonly Finalist[]): TrialRecord | undefined {
  return finalists[0]?.trial ?? bestTrial(history);
}

/** The final report as a value; undefined when no search trial has completed. */
export function tuningReport(input: ReportInput): TuningReport | undefined {
  const { history } = input;
  const [objective] = history.objectives;
  const judged = judgeFinalists(history, input.finalists);
  const winner = winnerOf(history, judged);
  if (objective === undefined || winner === undefined) return undefined;
  const run = bestRunOf(history, winner);
  const search = history.trials.filter((trial) => trial.purpose === 'search');
  const count = (state: TrialRecord['state']): number =>
    search.filter((trial) => trial.state === state).length;
  const [first, second] = judged;
  const comparable =
    first !== undefined && second !== undefined && first.scores.length > 1 && second.scores.length > 1;
  const verdict = diagnoseTrial(run);
  const sizeWarning = sizeWarningOf(run, verdict);
  const runs = runsOf(winner);
  return {
    study: input.study,
    file: input.file,
    store: input.store,
    seed: history.seed,
    spaceSize: size(history.space),
    objective,
    counts: {
      complete: count('complete'),
      pruned: count('pruned'),
      failed: count('failed'),
      interrupted: count('interrupted'),
    },
    seconds: {
      session: input.sessionSeconds,
      training: history.trials.reduce((sum, trial) => sum + secondsOf(trial), 0),
      savedByPruning: savedByPruning(search, input.maxResource),
    },
    best: winner,
    model:
      input.retrained === undefined
        ? { trial: run.number, seed: run.seed, score: run.values?.[0] ?? Number.NaN }
        : { trial: winner.number, seed: winner.seed, score: first?.mean ?? winner.values?.[0] ?? Number.NaN },
    ...(runs === undefined ? {} : { validation: runs }),
    ...(input.retrained === undefined ? {} : { retrained: input.retrained }),
    top: topTrials(history, TOP),
    finalists: judged,
    ...(comparable
      ? {
          probabilityFirstBetter: compareSeeds(first.scores, second.scores, {
            direction: objective.direction,
          }).probability,
        }
      : {}),
    verdict: { verdict: verdict.verdict, text: verdict.text },
    ...(sizeWarning === undefined ? {} : { size: sizeWarning }),
    edges: spaceEdges(history).map((edge) => edge.text),
    ...(input.test === undefined ? {} : { test: input.test }),
    files: input.files,
    next: input.next,
  };
}
