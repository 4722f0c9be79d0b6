import { generator, randomKey } from '@luthier/core';
import { describe, expect, it } from 'vitest';
import { constantsOf, populationSize } from './constants.ts';
import { roundDistribution, stretched, updated, whitened } from './distribution.ts';
import { eigenSymmetric } from './eigen.ts';
import { withMargin } from './margin.ts';

describe('eigenSymmetric', () => {
  it('takes matrices apart and puts them together again', () => {
    const random = generator(randomKey(1, 'eigen'));
    for (const size of [1, 2, 5, 20]) {
      const matrix = new Float64Array(size * size);
      for (let i = 0; i < size; i++)
        for (let j = 0; j <= i; j++) {
          matrix[i * size + j] = random.normal();
          matrix[j * size + i] = matrix[i * size + j]!;
        }
      const { values, vectors } = eigenSymmetric(matrix, size);
      for (let i = 0; i < size; i++) {
        for (let j = 0; j < size; j++) {
          let back = 0;
          let product = 0;
          for (let k = 0; k < size; k++) {
            back += vectors[i * size + k]! * values[k]! * vectors[j * size + k]!;
            product += vectors[k * size + i]! * vectors[k * size + j]!;
          }
          expect(back).toBeCloseTo(matrix[i * size + j]!, 11);
          expect(product).toBeCloseTo(i === j ? 1 : 0, 12);
        }
      }
    }
    const [small, large] = eigenSymmetric([2, 1, 1, 2], 2).values.sort();
    expect(small).toBeCloseTo(1, 14);
    expect(large).toBeCloseTo(3, 14);
  });
});

describe('constantsOf', () => {
  it('gives the constants of the reference implementation', () => {
    // cmaes 0.13.1 (MIT), attributes of CMA(mean=zeros(10), population_size=10) and of 3 dimensions with 7 rows.
    const ten = constantsOf(10, 10);
    expect(ten.parents).toBe(5);
    expect(ten.effective).toBeCloseTo(3.1672992814107026, 12);
    expect(ten.rankOne).toBeCloseTo(0.015283824524751714, 14);
    expect(ten.rankMany).toBeCloseTo(0.02015428276120838, 14);
    expect(ten.stepRate).toBeCloseTo(0.2844285879463675, 14);
    expect(ten.stepDamping).toBeCloseTo(1.2844285879463675, 14);
    expect(ten.pathRate).toBeCloseTo(0.29499038303562225, 14);
    expect(ten.expectedNorm).toBeCloseTo(3.0847265651690123, 13);
    const weights = [
      0.585645106509765, 0.2928225532548825, 0.12153234023535245, 0, -0.4241269418431741, -0.7706638857059224,
      -1.0636566969842556,
    ];
    for (const [i, weight] of constantsOf(3, 7).weights.entries())
      expect(weight).toBeCloseTo(weights[i]!, 12);
    expect([1, 2, 10, 40].map(populationSize)).toEqual([4, 6, 10, 15]);
  });
});

describe('updated', () => {
  // cmaes 0.13.1: CMA(mean=[0.5, 0.4, 0.6], sigma=0.3, population_size=7), four generations told, solutions best first.
  const GENERATIONS = [
    {
      rows: [
        [-0.059048, 0.316784, 0.493572],
        [0.764395, 0.912872, 0.61501],
        [1.036589, 0.530953, 0.628949],
        [0.378597, 0.236392, 0.136057],
        [0.475178, 0.2119, 0.586855],
        [0.79471, 0.06968, 0.244486],
        [0.356835, 0.005841, 0.865387],
      ],
      mean: [0.31523001, 0.51736047, 0.54558447],
      step: 0.26471926,
      stepPath: [-0.75001366, 0.47638665, -0.22088215],
      rankPath: [-0.82995832, 0.52716515, -0.24442618],
      covariance: [
        1.12363984, -0.00930204, 0.10427783, -0.00930204, 0.83519293, 0.01390864, 0.10427783, 0.01390864,
        0.88418652,
      ],
    },
    {
      rows: [
        [0.260791, 0.910773, 0.608248],
        [0.272739, 0.313835, 0.484691],
        [0.044214, 0.328617, 0.711099],
        [0.512461, 1.040475, 0.216241],
        [0.149405, 0.304588, -0.094793],
        [0.070684, 0.246321, 0.843123],
        [0.28031, 0.087646, 0.716772],
      ],
      mean: [0.23796853, 0.66522531, 0.58456745],
      step: 0.25005529,
      stepPath: [-0.78115146, 1.0195118, 0.07478485],
      rankPath: [-0.75947617, 0.98529075, 0.0906024],
      covariance: [
        1.12045316, -0.12757865, 0.11261115, -0.12757865, 0.82577674, 0.09791635, 0.11261115, 0.09791635,
        0.75209557,
      ],
    },
    {
      rows: [
        [-0.227357, 0.514471, 0.105844],
        [-0.32422, 0.59827, 0.837919],
        [0.090787, 0.446706, 0.591998],
        [0.500063, 0.998734, 0.535203],
        [0.451215, 0.942333, 0.864477],
        [0.609937, 0.385588, 0.796073],
        [0.148881, 0.229344, 0.435372],
      ],
      mean: [-0.21705589, 0.5307736, 0.3792955],
      step: 0.3074427,
      stepPath: [-2.55502617, -0.22170223, -0.91206202],
      rankPath: [-2.78721703, -0.28985441, -1.0662416],
      covariance: [
        1.93184604, 0.00722341, 0.40491125, 0.00722341, 0.645403, 0.11885526, 0.40491125, 0.11885526,
        0.90461727,
      ],
    },
    {
      rows: [
        [-0.009158, 0.728509, 0.455875],
        [-0.143711, 0.719567, 0.121685],
        [-0.646173, 0.95863, -0.042107],
        [-0.264558, 1.074833, 0.528033],
        [0.328546, 0.323334, 0.425602],
        [-0.170034, 0.203595, 0.513939],
        [0.379069, 0.215666, 0.655791],
      ],
      mean: [-0.12597608, 0.75385772, 0.29749571],
      step: 0.32261196,
      stepPath: [-1.16869187, 1.01757415, -1.02719468],
      rankPath: [-0.83050405, 0.84991788, -0.8289615],
      covariance: [
        1.72800713, 0.06163924, 0.39311083, 0.06163924, 0.61041733, 0.09611593, 0.39311083, 0.09611593,
        0.92355889,
      ],
    },
  ];
  it('follows the reference implementation over four generations', () => {
    let distribution = roundDistribution([0.5, 0.4, 0.6], 0.3);
    for (const { rows, ...expected } of GENERATIONS) {
      const { mean, step } = distribution;
      distribution = updated(
        distribution,
        rows.map((x) => x.map((value, i) => (value - mean[i]!) / step)),
      );
      const close = (actual: readonly number[], wanted: readonly number[]): void => {
        for (const [i, value] of actual.entries()) expect(value).toBeCloseTo(wanted[i]!, 6);
      };
      close(distribution.mean, expected.mean);
      close([distribution.step], [expected.step]);
      close(distribution.stepPath, expected.stepPath);
      close(distribution.rankPath, expected.rankPath);
      close(distribution.covariance, expected.covariance);
    }
    const z = [0.3, -1, 2];
    const back = whitened(distribution, stretched(distribution, z));
    expect(Math.hypot(...back)).toBeCloseTo(Math.hypot(...z), 10);
  });

  it('keeps the covariance positive definite whatever the order of the results', () => {
    const random = generator(randomKey(2, 'order'));
    let distribution = roundDistribution(new Array(6).fill(0.5), 0.3);
    for (let generation = 0; generation < 200; generation++) {
      const now = distribution;
      const steps = Array.from({ length: 9 }, () =>
        stretched(
          now,
          Array.from({ length: 6 }, () => random.normal()),
        ),
      );
      distribution = updated(distribution, steps);
      expect(Math.min(...eigenSymmetric(distribution.covariance, 6).values)).toBeGreaterThan(0);
    }
  });
});

describe('withMargin', () => {
  const cdf = (x: number): number => {
    // Midpoint sum of the normal density: independent of the library's own function.
    let sum = 0;
    for (let i = 0; i < 40_000; i++) sum += Math.exp(-0.5 * (-12 + ((x + 12) * (i + 0.5)) / 40_000) ** 2);
    return (sum * (x + 12)) / 40_000 / Math.sqrt(2 * Math.PI);
  };
  const edges = [0, 0.25, 0.5, 0.75, 1];

  it('leaves a wide distribution alone', () => {
    expect(withMargin({ mean: 0.4, deviation: 0.3 }, edges, 0.05)).toEqual({ mean: 0.4, deviation: 0.3 });
  });

  it('gives the values below and above a probability of α/2 each at least', () => {
    const { mean, deviation } = withMargin({ mean: 0.45, deviation: 0.01 }, edges, 0.1);
    expect(cdf((0.25 - mean) / deviation)).toBeCloseTo(0.05, 6);
    expect(1 - cdf((0.5 - mean) / deviation)).toBeCloseTo(0.05, 6);
    const lopsided = withMargin({ mean: 0.49, deviation: 0.02 }, edges, 0.1);
    expect(cdf((0.25 - lopsided.mean) / lopsided.deviation)).toBeGreaterThan(0.0499);
    expect(1 - cdf((0.5 - lopsided.mean) / lopsided.deviation)).toBeGreaterThan(0.0499);
  });

  it('moves the mean of an outermost value until the rest has the probability α', () => {
    for (const start of [0.02, 0.98]) {
      const { mean, deviation } = withMargin({ mean: start, deviation: 0.01 }, edges, 0.1);
      expect(deviation).toBe(0.01);
      const away = start < 0.5 ? 1 - cdf((0.25 - mean) / deviation) : cdf((0.75 - mean) / deviation);
      expect(away).toBeCloseTo(0.1, 6);
    }
  });
});
