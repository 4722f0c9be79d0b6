import { median } from '@luthier/core';
import { describe, expect, it } from 'vitest';
import { choice, float, space, when } from '../space/define.ts';
import { logPriorDensity } from '../space/prior.ts';
import { beliefOf } from './belief.ts';
import { testSearch } from './fixtures/test-search.ts';
import { gp } from './gp/gp.ts';
import type { OrderedTrial } from './ordered-trials.ts';
import { tpe } from './tpe/tpe.ts';

const believed = space({
  rate: float(0, 1, { prior: { about: 0.2, certainty: 'very' } }),
  kind: choice(['a', 'b']),
  extra: when('kind', ['a'], float(0, 1, { prior: { about: 0.5 } })),
});

/** Complete trials, best first. */
const trials = (rates: readonly number[]): readonly OrderedTrial[] =>
  rates.map((rate, number) => ({
    number,
    standing: { group: 'complete', step: -1, value: number },
    point: Float64Array.of(rate, 0.75, Number.NaN),
  }));

describe('beliefOf', () => {
  it('is ten times the ln density of the priors by the number of results, active parameters alone', () => {
    const [rate, , extra] = believed.parameters;
    const belief = beliefOf(believed, trials([0.2, 0.3, 0.6, 0.7]))!;
    expect(belief([0.25, 0.75, Number.NaN])).toBeCloseTo(2.5 * logPriorDensity(rate!, 0.25), 12);
    expect(belief([0.25, 0.25, 0.4])).toBeCloseTo(
      2.5 * (logPriorDensity(rate!, 0.25) + logPriorDensity(extra!, 0.4)),
      12,
    );
  });

  it('is dropped when the better half of a dozen results lies where it was expected less', () => {
    const far = Array.from({ length: 6 }, (_, i) => 0.8 + i / 50);
    const near = Array.from({ length: 6 }, (_, i) => 0.18 + i / 100);
    expect(beliefOf(believed, trials([...near, ...far]))).toBeDefined();
    expect(beliefOf(believed, trials([...far, ...near]))).toBeUndefined();
    expect(beliefOf(believed, trials([...far.slice(1), ...near]))).toBeDefined();
  });

  it('there is none without priors', () => {
    expect(beliefOf(space({ x: float(0, 1) }), [])).toBeUndefined();
  });

  it('brings a search to a good region sooner when right, and does not keep it from one when wrong', () => {
    const plain = { min: 0, max: 1 };
    const of = (about?: number) =>
      space(
        Object.fromEntries(
          ['x', 'y', 'z', 'w'].map((name) => [
            name,
            float(plain.min, plain.max, about === undefined ? {} : { prior: { about, certainty: 'fairly' } }),
          ]),
        ),
      );
    const bowl = (params: Readonly<Record<string, unknown>>): number =>
      Object.values(params).reduce<number>((sum, x) => sum + ((x as number) - 0.2) ** 2, 0);
    for (const sampler of [tpe(), gp()]) {
      const best = (about: number | undefined, budget: number): number =>
        median(
          [0, 1, 2].map((seed) =>
            Math.min(
              ...testSearch(sampler, of(about), budget, seed, (p) => ({ values: [bowl(p)] }))
                // The baseline is the belief itself: how good the others are is the question.
                .trials.slice(1)
                .flatMap(({ values }) => values ?? []),
            ),
          ),
        );
      expect(best(0.2, 12)).toBeLessThan(best(undefined, 12));
      expect(best(0.9, 60)).toBeLessThan(0.1);
    }
  });
});
