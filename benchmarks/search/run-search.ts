import { createStudy, maximize, memoryLog, minimize, parseSampler } from '@luthier/search';
import { noiseOf, type Problem } from './problem.ts';

/** What one search found. */
export interface SearchRun {
  /** Loss of the best observed trial after each number of trials; shorter when a finite space ended. */
  readonly losses: readonly number[];
  /** Seconds that asking took, all trials together. */
  readonly askSeconds: number;
}

/** Searches a problem as a user would, through a study: the defaults first, then the sampler. */
export async function runSearch(
  sampler: string,
  problem: Problem,
  trials: number,
  seed: number,
): Promise<SearchRun> {
  const { space, direction } = problem;
  const study = await createStudy({
    log: memoryLog(),
    name: 'benchmark',
    space,
    objectives: [direction === 'maximize' ? maximize('value') : minimize('value')],
    sampler: parseSampler(sampler),
    seed,
    budget: { trials },
  });
  const sign = direction === 'maximize' ? -1 : 1;
  const losses: number[] = [];
  let best = Number.POSITIVE_INFINITY;
  let bestLoss = Number.POSITIVE_INFINITY;
  let askSeconds = 0;
  for (;;) {
    const began = performance.now();
    const asked = await study.ask();
    askSeconds += (performance.now() - began) / 1000;
    if (asked.kind !== 'trial') return { losses, askSeconds };
    const { number, params } = asked.trial;
    const { value, loss } = await problem.evaluate(params, noiseOf(seed, number));
    if (sign * value < best) {
      best = sign * value;
      bestLoss = loss;
    }
    losses.push(bestLoss);
    await study.tell(number, 0, { outcome: 'complete', values: [value] });
  }
}
