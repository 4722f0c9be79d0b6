import { generator, type Json, type Params, randomKey } from '@luthier/core';
import {
  defaults,
  type History,
  type Objective,
  type Sampler,
  type Space,
  type TrialRecord,
} from '@luthier/search';

/** Something to search: a space and its value. */
export interface Problem {
  readonly name: string;
  readonly space: Space;
  readonly direction: Objective['direction'];
  /** Value of one training of a configuration; `seed` picks the repetition where the problem is noisy. */
  value(params: Params, seed: number): number;
  /** Noise-free value by which a search is judged. */
  truth(params: Params): number;
  /** The best true value there is, and one that random search typically reaches, to scale regrets. */
  readonly best: number;
}

/** A complete trial as a history holds it. */
export function completeTrial(number: number, params: Params, value: number): TrialRecord {
  return {
    number,
    state: 'complete',
    params,
    why: { text: '', sampler: 'benchmark' },
    purpose: 'search',
    seed: number,
    attempt: 1,
    reports: { steps: [], seconds: [], metrics: {} },
    artifacts: {},
    values: [value],
    askedSequence: 2 * number + 1,
    finishedSequence: 2 * number + 2,
  };
}

/** A history of trials without a study around it. */
export function historyOf(problem: Problem, trials: readonly TrialRecord[], seed: number): History {
  return {
    sequence: 2 * trials.length,
    createdAt: 0,
    space: problem.space,
    objectives: [{ metric: 'value', direction: problem.direction }],
    seed,
    budget: {},
    sampler: null,
    scheduler: null,
    trials,
    queue: [],
    notes: [],
  };
}

/** Runs a search of `budget` trials, the baseline first; the observed trials and the milliseconds of each suggestion, by the clock and of processor time. */
export function runSearch(
  sampler: Sampler,
  problem: Problem,
  budget: number,
  seed: number,
): {
  readonly trials: readonly TrialRecord[];
  readonly milliseconds: readonly number[];
  readonly cpuMilliseconds: readonly number[];
} {
  const trials: TrialRecord[] = [];
  const milliseconds: number[] = [];
  const cpuMilliseconds: number[] = [];
  let memo: Json | undefined;
  for (let number = 0; number < budget; number++) {
    let params = defaults(problem.space);
    if (number > 0) {
      const began = performance.now();
      const cpu = process.cpuUsage();
      const suggestion = sampler.suggest({
        history: historyOf(problem, trials, seed),
        memo,
        space: problem.space,
        random: generator(randomKey(seed, 'sampler', number)),
        trial: number,
        budget: { trials: budget },
      });
      milliseconds.push(performance.now() - began);
      const { user, system } = process.cpuUsage(cpu);
      cpuMilliseconds.push((user + system) / 1000);
      if (suggestion.kind === 'exhausted') break;
      if (suggestion.memo !== undefined) memo = suggestion.memo;
      params = suggestion.params;
    }
    trials.push(
      completeTrial(
        number,
        params,
        problem.value(params, generator(randomKey(seed, 'noise', number)).bits()),
      ),
    );
  }
  return { trials, milliseconds, cpuMilliseconds };
}

/** True value of the best observed trial after each number of trials. */
export function bestTruths(problem: Problem, trials: readonly TrialRecord[]): readonly number[] {
  const sign = problem.direction === 'maximize' ? 1 : -1;
  let best = Number.NEGATIVE_INFINITY;
  let truth = Number.NaN;
  return trials.map((trial) => {
    const value = sign * trial.values![0]!;
    if (value > best) {
      best = value;
      truth = problem.truth(trial.params);
    }
    return truth;
  });
}
