import { generator, median, type Params, randomKey } from '@luthier/core';
import { samplerContract } from '@luthier/search/testing';
import { describe, expect, it } from 'vitest';
import { contains } from '../../space/canonical.ts';
import { boolean, choice, float, int, space, when } from '../../space/define.ts';
import type { History } from '../../study/history.ts';
import {
  BRANIN,
  branin,
  type Ending,
  HARTMANN,
  hartmann,
  smallest,
  testSearch,
} from '../fixtures/test-search.ts';
import { random } from '../random.ts';
import { parseSampler } from '../registry.ts';
import { cmaes } from './cmaes.ts';
import { firstGeneration, type Generation, nextGeneration, warmGeneration } from './generation.ts';

samplerContract('cmaes', () => cmaes());

const MIXED = space({
  optimizer: choice(['sgd', 'adam', 'rmsprop']),
  momentum: when('optimizer', ['sgd'], float(0, 0.99)),
  rate: float(1e-4, 1, { log: true }),
  layers: int(1, 40),
  norm: boolean(),
});
function mixed(params: Params): Ending {
  const rate = Math.log10(params.rate as number);
  const base = (rate + 1.7) ** 2 + 0.05 * Math.abs((params.layers as number) - 12);
  return { values: [base + (params.norm === true ? 0 : 1) + (params.optimizer === 'adam' ? 0 : 1)] };
}

const BOX = space(Object.fromEntries([1, 2, 3, 4].map((i) => [`x${i}`, float(-5, 5)])));
/** Rosenbrock's valley in four dimensions: long, narrow and bent. */
function rosenbrock(params: Params): Ending {
  const x = [1, 2, 3, 4].map((i) => params[`x${i}`] as number);
  return {
    values: [[0, 1, 2].reduce((sum, i) => sum + 100 * (x[i + 1]! - x[i]! ** 2) ** 2 + (1 - x[i]!) ** 2, 0)],
  };
}

const memoOf = (memo: unknown): Generation => memo as Generation;

describe('cmaes', () => {
  it('beats random search on Branin: half of its median regret after 80 trials', () => {
    const regrets = [cmaes(), random()].map((sampler) =>
      median(
        Array.from(
          { length: 9 },
          (_, seed) =>
            smallest(testSearch(sampler, BRANIN, 80, seed, (p) => ({ values: [branin(p)] }))) - 0.397887,
        ),
      ),
    );
    expect(regrets[0]).toBeLessThan(0.5 * regrets[1]!);
  });

  it('beats random search on Hartmann-6: a third of its median regret after 200 trials', () => {
    const regrets = [cmaes(), random()].map((sampler) =>
      median(
        Array.from(
          { length: 7 },
          (_, seed) =>
            smallest(testSearch(sampler, HARTMANN, 200, seed, (p) => ({ values: [hartmann(p)] }))) + 3.32237,
        ),
      ),
    );
    expect(regrets[0]).toBeLessThan(regrets[1]! / 3);
  });

  it('follows a bent valley to the end', () => {
    expect(smallest(testSearch(cmaes(), BOX, 1500, 1, rosenbrock))).toBeLessThan(1e-6);
  });

  it('finds categories and integers among numbers', () => {
    const { trials } = testSearch(cmaes(), MIXED, 300, 2, mixed);
    for (const { params } of trials) expect(contains(MIXED, params)).toBe(true);
    expect(smallest({ trials, requests: [], suggestions: [] })).toBeLessThan(0.02);
  });

  it('suggests the same again from a copy of the request, several trials running', () => {
    const { requests, suggestions } = testSearch(cmaes(), MIXED, 60, 3, mixed, 4);
    for (const [i, request] of requests.entries()) {
      const { history, memo } = JSON.parse(
        JSON.stringify({ history: request.history, memo: request.memo ?? null }),
      ) as { history: History; memo: Generation };
      const copy = { ...request, history, memo: memo as never, space: history.space };
      expect(cmaes().suggest({ ...copy, random: generator(randomKey(3, i)) })).toEqual(suggestions[i]);
    }
  });

  it('writes its memo once a generation and goes on while slow trials run', () => {
    const { suggestions, trials } = testSearch(
      cmaes(),
      HARTMANN,
      100,
      4,
      (p) => ({ values: [hartmann(p)] }),
      5,
    );
    const memos = suggestions.flatMap((one) =>
      one.kind === 'params' && one.memo !== undefined ? [memoOf(one.memo)] : [],
    );
    // λ is 9 in six dimensions; four of the trials of each generation end after the next has begun.
    expect(memos[0]!.population).toBe(9);
    expect(memos.length).toBeGreaterThanOrEqual(7);
    expect(memos.at(-1)!.distribution.generation).toBe(memos.length - 1);
    expect(trials).toHaveLength(100);
  });

  it('names the nearest of the best trials so far', () => {
    const { suggestions, trials } = testSearch(cmaes(), BRANIN, 40, 2, (p) => ({ values: [branin(p)] }));
    const far = (a: Params, b: Params): number =>
      ((Number(a.x) - Number(b.x)) / 15) ** 2 + ((Number(a.y) - Number(b.y)) / 15) ** 2;
    const explained = suggestions.flatMap((one, number) =>
      one.kind === 'params' && one.why.neighbours !== undefined ? [{ ...one, number }] : [],
    );
    expect(explained.length).toBeGreaterThan(30);
    for (const { number, params, why } of explained) {
      const value = (i: number): number => trials[i]!.values![0]!;
      // λ = 4 + 3 ln 2 = 6 trials are the best.
      const best = [...Array(number).keys()].sort((a, b) => value(a) - value(b)).slice(0, 6);
      const nearest = best.sort((a, b) => far(trials[a]!.params, params) - far(trials[b]!.params, params));
      expect(why.neighbours).toEqual(nearest.slice(0, 3));
    }
  });

  it('counts failures as the worst, and none of the lost', () => {
    const end = (p: Params, number: number): Ending =>
      number % 3 === 1
        ? { state: 'failed', reason: number % 2 === 0 ? 'lost' : 'diverged' }
        : { values: [branin(p)] };
    const { suggestions, trials } = testSearch(cmaes(), BRANIN, 90, 5, end);
    expect(smallest({ trials, suggestions, requests: [] })).toBeLessThan(1);
    const [first, second] = suggestions.flatMap((one) =>
      one.kind === 'params' && one.memo !== undefined ? [memoOf(one.memo)] : [],
    );
    const lost = trials.filter(
      ({ number, reason }) => number >= first!.from && number < second!.from && reason === 'lost',
    );
    expect(second!.from - first!.from).toBe(first!.population + lost.length);
  });

  it('takes what others brought in for results of its own', () => {
    const some = testSearch(cmaes(), BRANIN, 30, 6, (p) => ({ values: [branin(p)] }));
    const last = some.requests.at(-1)!;
    const foreign = last.history.trials.map((trial) =>
      trial.number < 20 ? trial : { ...trial, params: { x: Math.PI, y: 2.275 }, values: [0.397887] },
    );
    const suggestion = cmaes().suggest({ ...last, history: { ...last.history, trials: foreign } });
    expect(suggestion.kind).toBe('params');
  });

  it('begins anew elsewhere with twice the population when nothing changes any more', () => {
    const searched = space({ x: float(0, 1), y: float(0, 1) });
    const { suggestions } = testSearch(cmaes(), searched, 260, 7, () => ({ values: [1] }));
    const restarts = suggestions.flatMap((one) =>
      one.kind === 'params' && one.memo !== undefined
        ? [[memoOf(one.memo).restarts, memoOf(one.memo).population]]
        : [],
    );
    expect(restarts[0]).toEqual([0, 6]);
    expect(restarts.at(-1)).toEqual([1, 12]);
  });

  it('starts from the best tenth of what is known: their mean, their spread and 0.1', () => {
    const searched = space({ x: float(0, 1), y: float(0, 1) });
    // Three of 30 are the best tenth: mean (0.3, 0.5), variances 0.02/3 and 0, covariance 0.
    const known = [0.2, 0.3, 0.4].map((x) => Float64Array.of(x, 0.5));
    for (let i = 0; i < 27; i++) known.push(Float64Array.of(0.9, i / 27));
    const { distribution } = warmGeneration(searched, known, 30);
    expect(distribution.mean[0]).toBeCloseTo(0.3, 12);
    expect(distribution.mean[1]).toBeCloseTo(0.5, 12);
    const variances = [0, 3].map((at) => distribution.step ** 2 * distribution.covariance[at]!);
    expect(variances[0]).toBeCloseTo(0.02 / 3 + 0.01, 12);
    expect(variances[1]).toBeCloseTo(0.01, 12);
    const [a, b, c, d] = distribution.covariance;
    expect(a! * d! - b! * c!).toBeCloseTo(1, 12);
    // Of fewer the best one is the mean, and the spread that of a cold start.
    const cold = warmGeneration(searched, known.slice(0, 29), 29);
    expect(cold.distribution).toMatchObject({ mean: [0.2, 0.5], step: 0.2, covariance: [1, 0, 0, 1] });
  });

  it('starts after ranges were narrowed from all it knows, what lies outside at its nearest point', () => {
    const wide = space({ x: float(0, 1), y: float(0, 1) });
    const narrow = space({ x: float(0.4, 0.6), y: float(0, 1) });
    // The best tenth lies at x = 0.8, beyond the new range.
    const { requests } = testSearch(random(), wide, 40, 8, ({ x, y }) => ({
      values: [((x as number) - 0.8) ** 2 + ((y as number) - 0.2) ** 2],
    }));
    const { history } = requests.at(-1)!;
    const suggestion = cmaes().suggest({ ...requests.at(-1)!, memo: undefined, space: narrow });
    const { distribution } = memoOf(suggestion.kind === 'params' ? suggestion.memo : undefined);
    const ended = history.trials.filter(({ state }) => state === 'complete');
    const best = [...ended]
      .sort((a, b) => a.values![0]! - b.values![0]!)
      .slice(0, Math.floor(ended.length / 10));
    const meanOf = (place: (params: Params) => number): number =>
      best.reduce((sum, { params }) => sum + place(params), 0) / best.length;
    expect(best.every(({ params }) => (params.x as number) > 0.6)).toBe(true);
    expect(distribution.mean[0]).toBeCloseTo(1, 12);
    expect(distribution.mean[1]).toBeCloseTo(
      meanOf(({ y }) => y as number),
      12,
    );
  });

  it('never gives a stepped value up: a margin of 1/(d λ) stays', () => {
    const searched = space({ n: int(1, 8), c: choice(['a', 'b', 'c']) });
    let generation = firstGeneration(searched, Float64Array.of(0.5625, 0.5), 0);
    for (let i = 0; i < 40; i++) {
      // Always a little better, so that the search does not begin anew.
      const best = { step: new Float64Array(1), point: Float64Array.of(0.5625, 0.5), value: -i };
      generation = nextGeneration(searched, generation, new Array(6).fill(best), i, 0);
    }
    expect(generation.restarts).toBe(0);
    const { mean, step, covariance } = generation.distribution;
    const deviation = step * generation.widening[0]! * Math.sqrt(covariance[0]!);
    // Value 5 of 8 has the cell 0.5 to 0.625; a share of α/2 on each side is 1.7317 deviations away at α = 1/12.
    expect((mean[0]! - 0.5) / deviation).toBeLessThan(1.7317);
    expect((0.625 - mean[0]!) / deviation).toBeLessThan(1.7317);
    for (const share of generation.shares[0]!) expect(share).toBeGreaterThan(0.1);
    expect(generation.shares[0]!.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12);
  });

  it('refuses options, for it has none', () => {
    expect(parseSampler('cmaes').spec).toEqual({ name: 'cmaes' });
    expect(() => parseSampler({ name: 'cmaes', sigma: 1 })).toThrow("cmaes has no option 'sigma'");
  });
});
