import { describe, expect, test } from 'vitest';
import { halvingPlan } from './halving-plan.ts';

const plan = (
  candidates: number,
  smallest: number,
  options: Parameters<typeof halvingPlan>[1],
  samples: number | undefined = 150,
): readonly unknown[] => {
  const made = halvingPlan({ candidates, samples, smallest }, options);
  return [
    made.nResources,
    made.nCandidates,
    made.nRemainingCandidates,
    made.nIterations,
    made.nPossibleIterations,
    made.nRequiredIterations,
  ];
};

// Every row was computed with HalvingGridSearchCV or HalvingRandomSearchCV of scikit-learn 1.9.1.
describe('halvingPlan', () => {
  test('[#71] [K3] iris, a classifier, 9 candidates, 5 folds: candidates 9 and 3, resources 30 and 90', () => {
    const made = halvingPlan({ candidates: 9, samples: 150, smallest: 5 * 2 * 3 }, {});
    expect(made.nCandidates).toEqual([9, 3]);
    expect(made.nResources).toEqual([30, 90]);
  });

  test('150 samples, 5 folds, no classes, 9 candidates', () => {
    expect(plan(9, 10, {})).toEqual([[16, 48, 144], [9, 3, 1], 1, 3, 3, 3]);
    expect(plan(9, 10, { factor: 2 })).toEqual([[18, 36, 72, 144], [9, 5, 3, 2], 1, 4, 4, 4]);
    expect(plan(9, 10, { aggressiveElimination: true, maxResources: 40 })).toEqual([
      [10, 10, 30],
      [9, 3, 1],
      1,
      3,
      2,
      3,
    ]);
    expect(plan(9, 10, { minResources: 'smallest' })).toEqual([[10, 30, 90], [9, 3, 1], 1, 3, 3, 3]);
    expect(plan(9, 10, { minResources: 20, maxResources: 100 })).toEqual([[20, 60], [9, 3], 1, 2, 2, 3]);
    expect(plan(9, 10, { maxResources: 40 })).toEqual([[10, 30], [9, 3], 1, 2, 2, 3]);
  });

  test('a parameter as the resource, 7 candidates', () => {
    const smallest = { minResources: 'smallest' } as const;
    expect(plan(7, 1, { ...smallest, maxResources: 27 }, undefined)).toEqual([[1, 3], [7, 3], 1, 2, 4, 2]);
    expect(plan(7, 1, { maxResources: 27 }, undefined)).toEqual([[9, 27], [7, 3], 1, 2, 2, 2]);
    expect(plan(7, 1, { minResources: 2, maxResources: 30, factor: 4 }, undefined)).toEqual([
      [2, 8],
      [7, 2],
      1,
      2,
      2,
      2,
    ]);
  });

  test('random candidates', () => {
    expect(plan(15, 10, { minResources: 'smallest' })).toEqual([[10, 30, 90], [15, 5, 2], 1, 3, 3, 3]);
    expect(plan(10, 10, { minResources: 'smallest' })).toEqual([[10, 30, 90], [10, 4, 2], 1, 3, 3, 3]);
    expect(plan(5, 10, {})).toEqual([[50, 150], [5, 2], 1, 2, 2, 2]);
  });

  test('refuses what cannot be', () => {
    const code = { code: 'LU_HALVING_OPTION' };
    expect(() => plan(9, 10, { factor: 1 })).toThrow(expect.objectContaining(code));
    expect(() => plan(9, 1, {}, undefined)).not.toThrow();
    expect(() => halvingPlan({ candidates: 9, samples: undefined, smallest: 1 }, {})).toThrow(
      expect.objectContaining({ ...code, where: 'maxResources' }),
    );
    expect(() => plan(9, 10, { maxResources: 151 })).toThrow(expect.objectContaining(code));
    expect(() => plan(9, 200, {})).toThrow(expect.objectContaining({ ...code, where: 'minResources' }));
  });
});
