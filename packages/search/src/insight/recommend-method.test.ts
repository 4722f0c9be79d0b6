import { describe, expect, it } from 'vitest';
import { choice, float, int, space } from '../space/define.ts';
import { recommendMethod } from './recommend-method.ts';

const small = space({ units: choice([64, 128]), rate: choice([0.001, 0.01]), batch: choice([32, 64]) });
const large = space({
  rate: float(1e-4, 1e-1, { log: true }),
  dropout: float(0, 0.5),
  units: int(32, 512, { step: 32 }),
});

describe('[#67] recommendMethod', () => {
  it.each([
    ['a small space of few options, covered by the budget', small, { trials: 10 }, 'grid', 'grid'],
    ['a small space without a budget', small, {}, 'grid', 'grid'],
    [
      'a large continuous space that trains fast',
      large,
      { trials: 500, secondsPerTrial: 0.5 },
      'random',
      'random',
    ],
    ['a large space and no budget', large, {}, 'random', 'random'],
    ['expensive trainings', large, { trials: 500, secondsPerTrial: 600 }, 'bayesian', 'gp'],
    ['few trials of unknown length', large, { trials: 30 }, 'bayesian', 'gp'],
    [
      'a small space that is too expensive to cover',
      small,
      { minutes: 10, secondsPerTrial: 120 },
      'bayesian',
      'gp',
    ],
    ['most trials at once', large, { trials: 30, workers: 16, secondsPerTrial: 600 }, 'random', 'sobol'],
  ] as const)('%s', (_name, given, budget, method, sampler) => {
    const advice = recommendMethod(given, budget);
    expect([advice.method, advice.sampler]).toEqual([method, sampler]);
    expect(advice.verdicts[0]).toMatchObject({ method, suits: true });
    expect(advice.verdicts.map((verdict) => verdict.method).toSorted()).toEqual([
      'bayesian',
      'grid',
      'random',
    ]);
  });

  it('says why, and why not the others', () => {
    expect(recommendMethod(small, { trials: 10 }).text).toBe(
      'grid search: 8 configurations of few discrete values can all be tried: nothing is missed',
    );
    const { verdicts } = recommendMethod(large, { trials: 30 });
    expect(verdicts[0]!.text).toBe('only 30 trials for 3 parameters: a model of the results saves trainings');
    expect(verdicts.find(({ method }) => method === 'grid')!.text).toContain('continuous range');
  });

  it('more than 48 parameters are for TPE', () => {
    const wide = space(Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`p${i}`, float(0, 1)])));
    expect(recommendMethod(wide, { trials: 50 }).sampler).toBe('tpe');
  });
});
