import { generator, type Json, median, type Params, randomKey } from '@luthier/core';
import { samplerContract } from '@luthier/search/testing';
import { describe, expect, it } from 'vitest';
import { canonicalKey, contains, defaults } from '../../space/canonical.ts';
import { boolean, branch, choice, float, int, space, when } from '../../space/define.ts';
import type { Space } from '../../space/parameter.ts';
import type { Why } from '../../study/events.ts';
import type { History, TrialRecord } from '../../study/history.ts';
import type { Sampler, Suggestion, SuggestRequest } from '../contract.ts';
import { random } from '../random.ts';
import { gp } from './gp.ts';

type Ending = Partial<Pick<TrialRecord, 'state' | 'values' | 'reason'>>;

function historyOf(of: Space, seed: number, trials: readonly TrialRecord[]): History {
  return {
    sequence: 10 * trials.length,
    createdAt: 0,
    space: of,
    objectives: [{ metric: 'loss', direction: 'minimize' }],
    seed,
    budget: {},
    sampler: null,
    scheduler: null,
    trials,
    queue: [],
    notes: [],
  };
}

function record(number: number, params: Params, why: Why, ending: Ending): TrialRecord {
  return {
    number,
    state: 'complete',
    params,
    why,
    purpose: 'search',
    seed: number,
    attempt: 1,
    reports: { steps: [], seconds: [], metrics: {} },
    artifacts: {},
    askedSequence: 2 * number + 1,
    finishedSequence: 2 * number + 2,
    ...ending,
  };
}

interface Run {
  readonly trials: readonly TrialRecord[];
  readonly requests: readonly SuggestRequest[];
  readonly suggestions: readonly Suggestion[];
}

/** Asks and ends trials one after the other until the budget or the space is used up. */
function run(
  sampler: Sampler,
  of: Space,
  budget: number,
  seed: number,
  end: (params: Params, number: number) => Ending,
): Run {
  const trials: TrialRecord[] = [];
  const requests: SuggestRequest[] = [];
  const suggestions: Suggestion[] = [];
  let memo: Json | undefined;
  for (let number = 0; number < budget; number++) {
    const request: SuggestRequest = {
      history: historyOf(of, seed, [...trials]),
      memo,
      space: of,
      random: generator(randomKey(seed, number)),
      trial: number,
      budget: { trials: budget },
    };
    const suggestion = sampler.suggest(request);
    requests.push(request);
    suggestions.push(suggestion);
    if (suggestion.kind === 'exhausted') break;
    memo = suggestion.memo ?? memo;
    trials.push(record(number, suggestion.params, suggestion.why, end(suggestion.params, number)));
  }
  return { trials, requests, suggestions };
}

const best = ({ trials }: Run): number => Math.min(...trials.flatMap(({ values }) => values ?? []));

const BRANIN = space({ x: float(-5, 10), y: float(0, 15) });
function branin(params: Params): number {
  const x = params.x as number;
  const a = (params.y as number) - (5.1 / (4 * Math.PI ** 2)) * x * x + (5 / Math.PI) * x - 6;
  return a * a + 10 * (1 - 1 / (8 * Math.PI)) * Math.cos(x) + 10;
}

const BRANCHES = space({
  x: float(0, 1),
  m: branch({ broad: { u: float(0, 1) }, flat: { v: float(0, 1) } }),
});
/** 0.1 at best in the broad branch; the other is worse but for a well, as wide as a tenth of the range, that goes down to 0. */
function well({ x, m, u, v }: Params): number {
  const shared = (Number(x) - 0.3) ** 2;
  if (m === 'broad') return shared + 0.1 + (Number(u) - 0.5) ** 2;
  return shared + 0.3 * (1 - Math.exp(-0.5 * ((Number(v) - 0.7) / 0.1) ** 2));
}

const HARTMANN = space(Object.fromEntries([1, 2, 3, 4, 5, 6].map((i) => [`x${i}`, float(0, 1)])));
const ALPHA = [1, 1.2, 3, 3.2];
const A = [
  [10, 3, 17, 3.5, 1.7, 8],
  [0.05, 10, 17, 0.1, 8, 14],
  [3, 3.5, 1.7, 10, 17, 8],
  [17, 8, 0.05, 10, 0.1, 14],
];
const P = [
  [0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886],
  [0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991],
  [0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.665],
  [0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381],
];
function hartmann(params: Params): number {
  const x = [1, 2, 3, 4, 5, 6].map((i) => params[`x${i}`] as number);
  const term = (i: number): number =>
    ALPHA[i]! * Math.exp(-x.reduce((sum, xj, j) => sum + A[i]![j]! * (xj - P[i]![j]!) ** 2, 0));
  return -[0, 1, 2, 3].reduce((sum, i) => sum + term(i), 0);
}

const MIXED = space({
  optimizer: choice(['sgd', 'adam', 'rmsprop']),
  momentum: when('optimizer', ['sgd'], float(0, 0.99)),
  rate: float(1e-4, 1, { log: true }),
  layers: int(1, 40),
  norm: boolean(),
});
function mixed(params: Params, number: number): Ending {
  const rate = Math.log10(params.rate as number);
  if (rate > -1) return { state: 'failed', reason: 'diverged' };
  const base =
    (rate + 1.7) ** 2 + 0.01 * Math.abs((params.layers as number) - 12) + (params.norm === true ? 0 : 0.3);
  const noise = 0.02 * generator(randomKey(number, 'noise')).normal();
  return { values: [base + (params.optimizer === 'sgd' ? 1 - (params.momentum as number) : 0.4) + noise] };
}

samplerContract('gp', () => gp());

describe('gp', () => {
  it('takes rough results of few trials for noise, and leaves the neighbourhood of a lucky one', () => {
    const network = space({
      hidden1: int(32, 512, { step: 32 }),
      dropout1: float(0.1, 0.5, { step: 0.1 }),
      hidden2: int(16, 128, { step: 16 }),
      dropout2: float(0.1, 0.5, { step: 0.1 }),
      learningRate: choice([0.0001, 0.001, 0.01]),
    });
    // Validation errors of the first trials of a search on MNIST, none of them at the middle learning rate.
    const first = [
      [32, 0.1, 16, 0.1, 0.0001, 0.0609],
      [128, 0.4, 32, 0.3, 0.0001, 0.0418],
      [224, 0.2, 80, 0.5, 0.0001, 0.0288],
      [320, 0.5, 64, 0.1, 0.01, 0.0285],
      [352, 0.3, 16, 0.1, 0.01, 0.0235],
      [416, 0.3, 16, 0.1, 0.01, 0.0268],
      [448, 0.5, 80, 0.1, 0.01, 0.0291],
      [320, 0.3, 16, 0.1, 0.01, 0.027],
    ] as const;
    for (let seed = 0; seed < 3; seed++) {
      const trials = first.map(([hidden1, dropout1, hidden2, dropout2, learningRate, error], number) =>
        record(
          number,
          { hidden1, dropout1, hidden2, dropout2, learningRate },
          { text: 'given', sampler: 'given' },
          { values: [error] },
        ),
      );
      let memo: Json | undefined;
      const rates = new Set<unknown>();
      for (let i = 0; i < 12; i++) {
        const number = trials.length;
        const history = historyOf(network, seed, [...trials]);
        const key = generator(randomKey(seed, number));
        const suggestion = gp().suggest({
          history,
          memo,
          space: network,
          random: key,
          trial: number,
          budget: {},
        });
        if (suggestion.kind !== 'params') throw new Error('there is more to try');
        memo = suggestion.memo;
        rates.add(suggestion.params.learningRate);
        // Nothing that is tried is any better.
        trials.push(record(number, suggestion.params, suggestion.why, { values: [0.028 + 0.001 * (i % 3)] }));
      }
      expect(rates).toContain(0.001);
    }
  });

  it('[#66] beats random search on Branin: a hundredth of its median regret after 30 trials', () => {
    const regret = (sampler: Sampler): number =>
      median(
        [1, 2, 3, 4, 5].map(
          (seed) => best(run(sampler, BRANIN, 30, seed, (p) => ({ values: [branin(p)] }))) - 0.397887,
        ),
      );
    expect(regret(gp())).toBeLessThan(0.01 * regret(random()));
  });

  it('[#66] beats random search on Hartmann-6: a quarter of its median regret after 45 trials', () => {
    const regret = (sampler: Sampler): number =>
      median(
        [1, 2, 3].map(
          (seed) => best(run(sampler, HARTMANN, 45, seed, (p) => ({ values: [hartmann(p)] }))) + 3.32237,
        ),
      );
    expect(regret(gp())).toBeLessThan(0.25 * regret(random()));
  });

  it('looks into conditional parameters that few trials had: finds a narrow well in a flat branch in 40 trials for 9 of 10 seeds', () => {
    const runs = Array.from({ length: 10 }, (_, seed) =>
      run(gp(), BRANCHES, 40, seed, (params) => ({ values: [well(params)] })),
    );
    const found = runs.filter((one) => best(one) < 0.05).length;
    expect(found).toBeGreaterThanOrEqual(9);
    const texts = runs[0]!.trials
      .map(({ why }) => why)
      .filter(({ text }) => text.includes('too few trials had'));
    expect(texts.length).toBeGreaterThan(0);
    for (const why of texts) {
      expect(why.text).toMatch(/expected, best so far [\d.e-]+: too few trials had '[uv]' yet \([0-7]\)$/);
      expect(why.mode).toBe('explore');
    }
  });

  it('suggests the same again from the same request, the memo having gone through JSON', () => {
    const { requests, suggestions } = run(gp(), MIXED, 24, 3, mixed);
    for (const [i, request] of requests.entries()) {
      const { seed } = request.history;
      const memo =
        request.memo === undefined ? undefined : (JSON.parse(JSON.stringify(request.memo)) as Json);
      const history = JSON.parse(JSON.stringify(request.history)) as History;
      const again = gp().suggest({ ...request, history, memo, random: generator(randomKey(seed, i)) });
      expect(again).toEqual(suggestions[i]);
    }
  });

  it('begins with the baseline and evenly spread points, then explains itself in numbers of the objective', () => {
    const { trials } = run(gp(), MIXED, 20, 4, mixed);
    expect(trials[0]!.params).toEqual(defaults(MIXED));
    expect(trials.slice(0, 6).map(({ why }) => why.mode)).toEqual([
      'baseline',
      ...Array<string>(5).fill('initial'),
    ]);
    for (const { why, params } of trials.slice(6)) {
      expect(contains(MIXED, params)).toBe(true);
      expect(['explore', 'exploit']).toContain(why.mode);
      expect(why.text).toMatch(/^loss -?[\d.e-]+ ± [\d.e-]+ expected/);
      expect(why.predicted!.deviation).toBeGreaterThan(0);
      expect(why.neighbours).toHaveLength(3);
      expect(Math.abs(why.predicted!.mean)).toBeLessThan(20);
    }
  });

  it('learns where trials diverge and keeps away', () => {
    const { trials } = run(gp(), MIXED, 40, 5, mixed);
    const early = trials.slice(0, 15).filter(({ state }) => state === 'failed').length;
    const late = trials.slice(25).filter(({ state }) => state === 'failed').length;
    expect(early).toBeGreaterThan(0);
    expect(late).toBeLessThanOrEqual(1);
    expect(best({ trials, requests: [], suggestions: [] })).toBeLessThan(0.45);
  });

  it('goes on while every trial fails', () => {
    const { trials } = run(gp(), BRANIN, 15, 6, () => ({ state: 'failed', reason: 'error' }));
    expect(trials.length).toBe(15);
    expect(new Set(trials.map(({ params }) => canonicalKey(BRANIN, params))).size).toBe(15);
  });

  it('keeps away from trials that are still running', () => {
    const done = run(gp(), BRANIN, 12, 7, (p) => ({ values: [branin(p)] }));
    const trials = [...done.trials];
    let memo: Json | undefined;
    for (let number = 12; number < 18; number++) {
      const suggestion = gp().suggest({
        history: historyOf(BRANIN, 7, trials),
        memo,
        space: BRANIN,
        random: generator(randomKey(7, number)),
        trial: number,
        budget: {},
      });
      if (suggestion.kind !== 'params') throw new Error('exhausted');
      memo = suggestion.memo ?? memo;
      trials.push(record(number, suggestion.params, suggestion.why, { state: 'running' }));
    }
    for (const [i, a] of trials.slice(12).entries()) {
      for (const b of trials.slice(12, 12 + i)) {
        const apart = Math.hypot(
          (a.params.x as number) - (b.params.x as number),
          (a.params.y as number) - (b.params.y as number),
        );
        expect(apart).toBeGreaterThan(0.05);
      }
    }
  });

  it('tries every configuration of a small space once and then says that none is left', () => {
    const tiny = space({ a: int(1, 4), b: choice(['x', 'y']), c: when('b', ['y'], boolean()) });
    const { trials, suggestions } = run(gp(), tiny, 20, 8, (p) => ({ values: [p.a as number] }));
    expect(trials.length).toBe(12);
    expect(new Set(trials.map(({ params }) => canonicalKey(tiny, params))).size).toBe(12);
    expect(suggestions.at(-1)!.kind).toBe('exhausted');
  });

  it('never repeats a configuration of a finite space of thousands, even when all values are equal', () => {
    const digits = space({
      hidden1: int(32, 512, { step: 32 }),
      dropout1: float(0.1, 0.5, { step: 0.1 }),
      hidden2: int(16, 128, { step: 16 }),
      dropout2: float(0.1, 0.5, { step: 0.1 }),
      learningRate: choice([0.0001, 0.001, 0.01]),
    });
    for (const value of [(): number => 1, (p: Params): number => (p.hidden1 as number) / 512]) {
      const { trials } = run(gp(), digits, 30, 9, (p) => ({ values: [value(p)] }));
      expect(new Set(trials.map(({ params }) => canonicalKey(digits, params))).size).toBe(30);
    }
  });

  it('works when its memo comes from another space or another sampler', () => {
    const { requests } = run(gp(), BRANIN, 12, 10, (p) => ({ values: [branin(p)] }));
    const last = requests.at(-1)!;
    const expected = gp().suggest({ ...last, memo: undefined, random: generator(randomKey(10, 11)) });
    for (const memo of [
      null,
      'x',
      { next: 3 },
      { signature: 'other', theta: [1], transform: 'rank', fitted: 9, searched: 9 },
    ]) {
      expect(gp().suggest({ ...last, memo, random: generator(randomKey(10, 11)) })).toEqual(expected);
    }
  });
});
