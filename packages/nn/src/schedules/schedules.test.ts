import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseSchedule, rateAt, type Schedule, schedules } from './schedules.ts';

/** Steps with the rates expected there. */
type Table = readonly (readonly [step: number, rate: number])[];

const first = { initialLearningRate: 0.1, decaySteps: 100 } as const;

describe('[#14] [K4] schedules at the values of Keras 3 and fastai', () => {
  it.each<readonly [string, Schedule, Table]>([
    [
      'exponential',
      schedules.exponential({ ...first, decayRate: 0.96 }),
      [
        [0, 0.1],
        [50, 0.09797958971132713],
        [100, 0.096],
      ],
    ],
    [
      'exponential staircase',
      schedules.exponential({ ...first, decayRate: 0.96, staircase: true }),
      [
        [50, 0.1],
        [100, 0.096],
      ],
    ],
    [
      'step decay',
      schedules.stepDecay(first),
      [
        [0, 0.1],
        [99, 0.1],
        [100, 0.05],
        [199, 0.05],
        [250, 0.025],
      ],
    ],
    [
      'polynomial',
      schedules.polynomial(first),
      [
        [0, 0.1],
        [50, 0.05005],
        [150, 0.0001],
      ],
    ],
    ['polynomial of power 2', schedules.polynomial({ ...first, power: 2 }), [[50, 0.025075]]],
    [
      'polynomial in cycles',
      schedules.polynomial({ ...first, cycle: true }),
      [
        [0, 0.1],
        [150, 0.025075],
      ],
    ],
    [
      'inverse time',
      schedules.inverseTime({ ...first, decayRate: 0.5 }),
      [
        [50, 0.08],
        [100, 0.06666666666666667],
      ],
    ],
    [
      'inverse time staircase',
      schedules.inverseTime({ ...first, decayRate: 0.5, staircase: true }),
      [
        [50, 0.1],
        [150, 0.1 / 1.5],
      ],
    ],
    [
      'cosine',
      schedules.cosine(first),
      [
        [25, 0.08535533905932738],
        [50, 0.05],
        [100, 0],
        [120, 0],
      ],
    ],
    [
      'cosine with alpha',
      schedules.cosine({ ...first, alpha: 0.1 }),
      [
        [50, 0.055],
        [100, 0.01],
        [200, 0.01],
      ],
    ],
    [
      'cosine after a warm-up',
      schedules.cosine({ initialLearningRate: 0, warmupTarget: 0.1, warmupSteps: 10, decaySteps: 100 }),
      [
        [0, 0],
        [5, 0.05],
        [10, 0.1],
        [60, 0.05],
        [110, 0],
      ],
    ],
    [
      'cosine restarts',
      schedules.cosineRestarts({ initialLearningRate: 0.1, firstDecaySteps: 10 }),
      [
        [0, 0.1],
        [5, 0.05],
        [10, 0.1],
        [20, 0.05],
        [29, 0.1 * 0.5 * (1 + Math.cos(Math.PI * 0.95))],
        [30, 0.1],
      ],
    ],
    [
      'cosine restarts that fall',
      schedules.cosineRestarts({ initialLearningRate: 0.1, firstDecaySteps: 10, mMul: 0.5 }),
      [
        [0, 0.1],
        [5, 0.05],
        [10, 0.05],
        [20, 0.025],
        [29, 0.000307791],
        [30, 0.025],
      ],
    ],
    [
      'piecewise',
      schedules.piecewise({ boundaries: [100, 200], values: [1, 0.5, 0.1] }),
      [
        [0, 1],
        [100, 1],
        [101, 0.5],
        [200, 0.5],
        [201, 0.1],
        [9999, 0.1],
      ],
    ],
    [
      'one cycle',
      schedules.oneCycle({ maxLearningRate: 0.1, steps: 100 }),
      [
        [0, 0.004],
        [12.5, 0.052],
        [25, 0.1],
        [62.5, 0.0500005],
        [100, 1e-6],
        [200, 1e-6],
      ],
    ],
    [
      'warm-up',
      schedules.warmup({ steps: 10, schedule: 0.1 }),
      [
        [0, 0],
        [5, 0.05],
        [10, 0.1],
        [99, 0.1],
      ],
    ],
    [
      'warm-up of an exponential decay',
      schedules.warmup({
        steps: 10,
        initialLearningRate: 0.02,
        schedule: schedules.exponential({ ...first, decayRate: 0.96 }),
      }),
      [
        [0, 0.02],
        [5, 0.06],
        [10, 0.1],
        [60, 0.09797958971132713],
        [110, 0.096],
      ],
    ],
    [
      'warm-up, stable, linear decay',
      schedules.warmupStableDecay({
        learningRate: 0.1,
        warmupSteps: 10,
        stableSteps: 80,
        decaySteps: 10,
        endLearningRate: 0.02,
      }),
      [
        [0, 0],
        [5, 0.05],
        [10, 0.1],
        [90, 0.1],
        [95, 0.06],
        [100, 0.02],
        [500, 0.02],
      ],
    ],
    [
      'stable, square-root decay',
      schedules.warmupStableDecay({
        learningRate: 0.1,
        warmupSteps: 0,
        stableSteps: 0,
        decaySteps: 100,
        decay: 'sqrt',
      }),
      [
        [0, 0.1],
        [25, 0.05],
        [100, 0],
      ],
    ],
    [
      'stable, cosine decay',
      schedules.warmupStableDecay({
        learningRate: 0.1,
        warmupSteps: 0,
        stableSteps: 4,
        decaySteps: 100,
        decay: 'cosine',
      }),
      [
        [4, 0.1],
        [54, 0.05],
        [104, 0],
      ],
    ],
    [
      'triangular',
      schedules.triangular({ minLearningRate: 0.02, maxLearningRate: 0.1, halfCycleSteps: 10 }),
      [
        [0, 0.02],
        [5, 0.06],
        [10, 0.1],
        [15, 0.06],
        [20, 0.02],
        [30, 0.1],
      ],
    ],
    [
      'triangular at half the height each time',
      schedules.triangular({
        minLearningRate: 0.02,
        maxLearningRate: 0.1,
        halfCycleSteps: 10,
        heightFactor: 0.5,
      }),
      [
        [10, 0.1],
        [30, 0.06],
        [45, 0.03],
        [50, 0.04],
      ],
    ],
    [
      'triangular that shrinks with every update',
      schedules.triangular({
        minLearningRate: 0,
        maxLearningRate: 1,
        halfCycleSteps: 10,
        stepFactor: 0.9,
      }),
      [
        [5, 0.5 * 0.59049],
        [10, 0.3486784401],
        [20, 0],
        [30, 0.3486784401 ** 3],
      ],
    ],
    [
      'flat, then cosine',
      schedules.flatCosine({ learningRate: 0.1, steps: 100 }),
      [
        [0, 0.1],
        [75, 0.1],
        [87.5, 0.0500005],
        [100, 1e-6],
        [500, 1e-6],
      ],
    ],
    [
      'flat for a fifth, then cosine to a tenth',
      schedules.flatCosine({ learningRate: 0.1, steps: 100, flatShare: 0.2, finalDivisor: 10 }),
      [
        [20, 0.1],
        [40, 0.01 + 0.09 * 0.5 * (1 + Math.SQRT1_2)],
        [60, 0.055],
        [100, 0.01],
      ],
    ],
    [
      'warm-up of triangles',
      schedules.warmup({
        steps: 10,
        schedule: schedules.triangular({ minLearningRate: 0.1, maxLearningRate: 0.2, halfCycleSteps: 10 }),
      }),
      [
        [0, 0],
        [5, 0.05],
        [10, 0.1],
        [20, 0.2],
      ],
    ],
  ])('%s', (_name, schedule, table) => {
    for (const [step, rate] of table) expect(rateAt(schedule, step)).toBeCloseTo(rate, 9);
    expect(parseSchedule(JSON.parse(JSON.stringify(schedule)))).toEqual(schedule);
  });
});

describe('cosine restarts', () => {
  it('begin every cycle at its peak, for any whole length and growth', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), fc.integer({ min: 1, max: 4 }), (length, tMul) => {
        const schedule = schedules.cosineRestarts({
          initialLearningRate: 1,
          firstDecaySteps: length,
          tMul,
          mMul: 0.5,
        });
        let start = 0;
        for (let cycle = 0; cycle < 8; cycle++) {
          expect(rateAt(schedule, start)).toBe(0.5 ** cycle);
          const next = start + length * tMul ** cycle;
          if (next - start > 1) expect(rateAt(schedule, next - 1)).toBeLessThan(0.5 ** cycle);
          start = next;
        }
      }),
      { seed: 1, numRuns: 50 },
    );
  });
});

describe('bad schedules', () => {
  it.each<readonly [RegExp, () => unknown]>([
    [/decaySteps is 0, outside the integers from 1/, () => schedules.cosine({ ...first, decaySteps: 0 })],
    [/steps is 0/, () => schedules.oneCycle({ maxLearningRate: 0.1, steps: 0 })],
    [/steps is 0/, () => schedules.warmup({ steps: 0, schedule: 0.1 })],
    [/firstDecaySteps is undefined/, () => schedules.cosineRestarts({ initialLearningRate: 1 } as never)],
    [
      /tMul is 0.5, outside \[1/,
      () => schedules.cosineRestarts({ initialLearningRate: 1, firstDecaySteps: 5, tMul: 0.5 }),
    ],
    [/initialLearningRate is -1/, () => schedules.polynomial({ ...first, initialLearningRate: -1 })],
    [/alpha is 2, outside \[0, 1\]/, () => schedules.cosine({ ...first, alpha: 2 })],
    [/only one of warmupTarget and warmupSteps/, () => schedules.cosine({ ...first, warmupSteps: 3 })],
    [/one number more/, () => schedules.piecewise({ boundaries: [1], values: [0.1] })],
    [
      /boundaries\[1\] is 5, not above 5/,
      () => schedules.piecewise({ boundaries: [5, 5], values: [1, 2, 3] }),
    ],
    [
      /decay is 'fast'/,
      () =>
        schedules.warmupStableDecay({
          learningRate: 1,
          warmupSteps: 1,
          stableSteps: 1,
          decaySteps: 1,
          decay: 'fast' as 'sqrt',
        }),
    ],
    [
      /halfCycleSteps is 0/,
      () => schedules.triangular({ minLearningRate: 0, maxLearningRate: 1, halfCycleSteps: 0 }),
    ],
    [
      /minLearningRate 2 is above maxLearningRate 1/,
      () => schedules.triangular({ minLearningRate: 2, maxLearningRate: 1, halfCycleSteps: 5 }),
    ],
    [/flatShare is 1, outside/, () => schedules.flatCosine({ learningRate: 1, steps: 5, flatShare: 1 })],
    [/steps is 0/, () => schedules.flatCosine({ learningRate: 1, steps: 0 })],
    [/did you mean 'decayRate'/, () => schedules.exponential({ ...first, decayrate: 1 } as never)],
    [/did you mean 'cosine'/, () => parseSchedule({ kind: 'cosin' } as never)],
  ])('%s', (message, make) => {
    expect(make).toThrow(message);
  });
});
