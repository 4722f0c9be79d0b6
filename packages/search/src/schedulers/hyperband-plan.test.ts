import { describe, expect, it } from 'vitest';
import { type HyperbandBracket, hyperbandCost, hyperbandPlan } from './hyperband-plan.ts';

/** `12@2 4@4 2@10 / 6@4 2@10 / 4@10`: configurations at epochs, brackets between strokes. */
function written(plan: readonly HyperbandBracket[]): string {
  return plan.map((rounds) => rounds.map(({ size, epochs }) => `${size}@${epochs}`).join(' ')).join(' / ');
}

describe('hyperbandPlan', () => {
  it('[K1] is that of Keras Tuner, trainings and epochs included', () => {
    // Recorded from Keras Tuner 1.4.7 by running its oracle.
    for (const [maxEpochs, plan, trainings, epochs] of [
      [10, '12@2 4@4 2@10 / 6@4 2@10 / 4@10', 30, 120],
      [27, '27@1 9@3 3@9 1@27 / 12@3 4@9 2@27 / 6@9 2@27 / 4@27', 70, 375],
      [30, '34@2 12@4 4@10 2@30 / 15@4 5@10 2@30 / 8@10 3@30 / 5@30', 90, 576],
      [50, '34@2 12@6 4@17 2@50 / 15@6 5@17 2@50 / 8@17 3@50 / 5@50', 90, 922],
      [81, '81@1 27@3 9@9 3@27 1@81 / 34@3 12@9 4@27 2@81 / 15@9 5@27 2@81 / 8@27 3@81 / 5@81', 211, 1767],
      [
        100,
        '98@2 33@4 11@12 4@34 2@100 / 41@4 14@12 5@34 2@100 / 18@12 6@34 2@100 / 9@34 3@100 / 6@100',
        254,
        2672,
      ],
    ] as const) {
      const found = hyperbandPlan({ maxEpochs });
      expect(written(found)).toBe(plan);
      expect(hyperbandCost(found)).toMatchObject({ trainings, epochs });
    }
  });

  it('[K1] has the brackets, rounds and sizes that the tests of Keras Tuner ask for', () => {
    // keras_tuner/tuners/hyperband_test.py (Apache 2.0).
    const eight = hyperbandPlan({ maxEpochs: 8, factor: 2 });
    expect(eight).toHaveLength(4);
    expect(eight[0]).toHaveLength(4);
    expect([eight[0]![0], eight[0]![3]]).toEqual([
      { size: 8, epochs: 1 },
      { size: 1, epochs: 8 },
    ]);
    expect(eight[3]).toEqual([{ size: 4, epochs: 8 }]);
    expect(hyperbandPlan({ maxEpochs: 2, factor: 2 })).toHaveLength(2);
    expect(hyperbandPlan({ maxEpochs: 2, factor: 2 })[0]![0]!.size).toBe(2);
    expect(hyperbandPlan({ maxEpochs: 4, factor: 2 })).toHaveLength(3);
  });

  it('[K1] is that of algorithm 1 of the paper for R = 81 and eta = 3', () => {
    // n = ceil(5 * 3^s / (s + 1)) for s = 4 ... 0: 81, 34, 15, 8, 5; then floor(n / 3^i) at 81 / 3^(s - i) epochs.
    expect(written(hyperbandPlan({ maxEpochs: 81, factor: 3, sizes: 'paper' }))).toBe(
      '81@1 27@3 9@9 3@27 1@81 / 34@3 11@9 3@27 1@81 / 15@9 5@27 1@81 / 8@27 2@81 / 5@81',
    );
  });

  it('begins at the fewest epochs', () => {
    expect(written(hyperbandPlan({ maxEpochs: 81, minEpochs: 9 }))).toBe('9@9 3@27 1@81 / 5@27 2@81 / 3@81');
    expect(written(hyperbandPlan({ maxEpochs: 5, minEpochs: 5 }))).toBe('1@5');
  });

  it('counts logarithms of powers exactly', () => {
    for (const [factor, power] of [
      [3, 5],
      [5, 3],
      [10, 3],
      [6, 3],
    ] as const) {
      const plan = hyperbandPlan({ maxEpochs: factor ** power, factor });
      expect(plan).toHaveLength(power + 1);
      expect(plan[0]).toHaveLength(power + 1);
      expect(plan[0]![0]).toEqual({ size: factor ** power, epochs: 1 });
    }
  });

  it('refuses what makes no sense', () => {
    for (const options of [
      { maxEpochs: 0 },
      { maxEpochs: 2.5 },
      { factor: 1 },
      { minEpochs: 0 },
      { minEpochs: 101 },
      { sizes: 'both' as 'paper' },
    ])
      expect(() => hyperbandPlan(options)).toThrow(expect.objectContaining({ code: 'LU_SCHEDULER_OPTION' }));
  });
});
