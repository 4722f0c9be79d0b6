import { type Generator, generator, LuthierError, randomKey } from '@luthier/core';
import { ranges, refuseUnknown, requireNumber } from '../layers/options.ts';
import type { Samples } from './dataset.ts';
import type { TimeSeries } from './time-series.ts';

/** Options of all generators. */
export interface GeneratorOptions {
  /** Number of samples. Default 200. */
  readonly count?: number;
  /** Standard deviation of the normal noise. Default 0. */
  readonly noise?: number;
  /** Default 0. */
  readonly seed?: number;
}

/** Options of `circles`. */
export interface CirclesOptions extends GeneratorOptions {
  /** Radius of the inner circle, in (0, 1). Default 0.8. */
  readonly factor?: number;
}

/** Options of `spirals`. */
export interface SpiralsOptions extends GeneratorOptions {
  /** Number of arms, each a class. Default 2. */
  readonly classes?: number;
  /** Turns of an arm. Default 1.5. */
  readonly turns?: number;
}

/** Options of `blobs`. */
export interface BlobsOptions extends Omit<GeneratorOptions, 'noise'> {
  /** Number of clusters. Default 3. */
  readonly classes?: number;
  /** Values of a sample. Default 2. */
  readonly features?: number;
  /** Standard deviation of a cluster along each axis. Default 1. */
  readonly spread?: number;
  /** Half the edge of the cube around 0 in which centres lie. Default 10. */
  readonly box?: number;
}

/** Options of `linear`. */
export interface LinearOptions extends GeneratorOptions {
  /** Slope of each input; their number is that of the inputs. Default [2]. */
  readonly coefficients?: readonly number[];
  /** Default 1. */
  readonly bias?: number;
}

/** Options of `polynomial`. */
export interface PolynomialOptions extends GeneratorOptions {
  /** Of the powers 0, 1, 2, ... Default [0, -1, 0, 2]: `2 x^3 - x`. */
  readonly coefficients?: readonly number[];
}

/** Options of `sine`. */
export interface SineOptions extends GeneratorOptions {
  /** Whole waves over the series. Default 4. */
  readonly cycles?: number;
  /** Default 1. */
  readonly amplitude?: number;
}

const CODE = 'LU_DATA_OPTION';
const COMMON = ['count', 'noise', 'seed'];

interface Common {
  readonly count: number;
  readonly noise: number;
  readonly random: Generator;
}

function readCommon(where: string, options: GeneratorOptions, own: readonly string[] = []): Common {
  refuseUnknown(CODE, where, options, [...COMMON, ...own]);
  const seed = requireNumber(CODE, where, 'seed', options.seed ?? 0, ranges.finite);
  return {
    count: requireNumber(CODE, where, 'count', options.count ?? 200, ranges.count),
    noise: requireNumber(CODE, where, 'noise', options.noise ?? 0, ranges.notNegative),
    random: generator(randomKey(seed, 'data', where)),
  };
}

function readCoefficients(where: string, given: readonly number[]): readonly number[] {
  if (given.length > 0 && given.every(Number.isFinite)) return given;
  throw new LuthierError(
    CODE,
    `${where}: coefficients [${given.join(', ')}] are not one or more finite numbers`,
    {
      fix: 'Give finite numbers, such as [2].',
      where: 'coefficients',
    },
  );
}

/** Points of the plane with labels, shuffled, then moved by noise. */
function labelled(
  { count, noise, random }: Common,
  point: (i: number) => readonly [number, number, number],
): Samples {
  const x = new Float64Array(count * 2);
  const y = new Uint8Array(count);
  const places = random.permutation(count);
  for (let i = 0; i < count; i++) {
    const at = places[i]!;
    const [first, second, label] = point(i);
    x[2 * at] = first + noise * random.normal();
    x[2 * at + 1] = second + noise * random.normal();
    y[at] = label;
  }
  return { x: { data: x, shape: [count, 2] }, y: { data: y, shape: [count] } };
}

/**
 * Two interleaving half circles, as scikit-learn's `make_moons`: the upper one (label 0) around (0, 0), the lower one
 * (label 1) around (1, 0.5).
 *
 * @throws LuthierError LU_DATA_OPTION.
 *
 * @example
 * generators.moons({ count: 500, noise: 0.1, seed: 7 })
 */
export function moons(options: GeneratorOptions = {}): Samples {
  const common = readCommon('moons', options);
  const upper = Math.floor(common.count / 2);
  const lower = common.count - upper;
  return labelled(common, (i) => {
    if (i < upper) {
      const angle = (Math.PI * i) / Math.max(1, upper - 1);
      return [Math.cos(angle), Math.sin(angle), 0];
    }
    const angle = (Math.PI * (i - upper)) / Math.max(1, lower - 1);
    return [1 - Math.cos(angle), 0.5 - Math.sin(angle), 1];
  });
}

/**
 * A circle of radius 1 (label 0) and one of radius `factor` in it (label 1), as scikit-learn's `make_circles`.
 *
 * @throws LuthierError LU_DATA_OPTION.
 *
 * @example
 * generators.circles({ count: 500, factor: 0.5, noise: 0.05 })
 */
export function circles(options: CirclesOptions = {}): Samples {
  const common = readCommon('circles', options, ['factor']);
  const factor = requireNumber(CODE, 'circles', 'factor', options.factor ?? 0.8, {
    text: '(0, 1)',
    holds: (value) => value > 0 && value < 1,
  });
  const outer = Math.floor(common.count / 2);
  return labelled(common, (i) => {
    const isOuter = i < outer;
    const angle = 2 * Math.PI * (isOuter ? i / outer : (i - outer) / (common.count - outer));
    const radius = isOuter ? 1 : factor;
    return [radius * Math.cos(angle), radius * Math.sin(angle), isOuter ? 0 : 1];
  });
}

/**
 * Spiral arms around (0, 0), each a class: radius from 0 to 1 in proportion to the angle.
 *
 * @throws LuthierError LU_DATA_OPTION.
 *
 * @example
 * generators.spirals({ count: 600, classes: 3, noise: 0.02 })
 */
export function spirals(options: SpiralsOptions = {}): Samples {
  const common = readCommon('spirals', options, ['classes', 'turns']);
  const classes = requireNumber(CODE, 'spirals', 'classes', options.classes ?? 2, {
    text: 'the integers from 1 to 256',
    holds: (value) => Number.isInteger(value) && value >= 1 && value <= 256,
  });
  const turns = requireNumber(CODE, 'spirals', 'turns', options.turns ?? 1.5, ranges.positive);
  const perArm = Math.ceil(common.count / classes);
  return labelled(common, (i) => {
    const arm = i % classes;
    const radius = (Math.floor(i / classes) + 1) / perArm;
    const angle = 2 * Math.PI * (turns * radius + arm / classes);
    return [radius * Math.cos(angle), radius * Math.sin(angle), arm];
  });
}

/**
 * Normal clusters around centres drawn from a cube, as scikit-learn's `make_blobs`; clusters differ by at most one sample.
 *
 * @throws LuthierError LU_DATA_OPTION.
 *
 * @example
 * generators.blobs({ count: 300, classes: 4, features: 16, spread: 2 })
 */
export function blobs(options: BlobsOptions = {}): Samples {
  const where = 'blobs';
  refuseUnknown(CODE, where, options, ['count', 'seed', 'classes', 'features', 'spread', 'box']);
  const { classes: k, features: f, spread: s, box: b, ...shared } = options;
  const { count, random } = readCommon(where, shared);
  const classes = requireNumber(CODE, where, 'classes', k ?? 3, {
    text: 'the integers from 1 to 256',
    holds: (value) => Number.isInteger(value) && value >= 1 && value <= 256,
  });
  const features = requireNumber(CODE, where, 'features', f ?? 2, ranges.count);
  const spread = requireNumber(CODE, where, 'spread', s ?? 1, ranges.notNegative);
  const box = requireNumber(CODE, where, 'box', b ?? 10, ranges.notNegative);
  const centres = Float64Array.from({ length: classes * features }, () => box * (2 * random.uniform() - 1));
  const labels = Uint8Array.from(random.permutation(count), (place) => place % classes);
  const x = Float64Array.from({ length: count * features }, (_, i) => {
    const label = labels[Math.floor(i / features)]!;
    return centres[label * features + (i % features)]! + spread * random.normal();
  });
  return { x: { data: x, shape: [count, features] }, y: { data: labels, shape: [count] } };
}

/**
 * Points of the square [-1, 1] x [-1, 1]; label 1 where exactly one coordinate is positive (before noise).
 *
 * @throws LuthierError LU_DATA_OPTION.
 *
 * @example
 * generators.xor({ count: 400 }) // not separable by a line
 */
export function xor(options: GeneratorOptions = {}): Samples {
  const common = readCommon('xor', options);
  return labelled(common, () => {
    const first = 2 * common.random.uniform() - 1;
    const second = 2 * common.random.uniform() - 1;
    return [first, second, first > 0 === second > 0 ? 0 : 1];
  });
}

/** Inputs drawn from [-1, 1], targets of shape [n, 1] with noise. */
function regression(
  { count, noise, random }: Common,
  inputs: number,
  target: (row: Float64Array) => number,
): Samples {
  const x = Float64Array.from({ length: count * inputs }, () => 2 * random.uniform() - 1);
  const y = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    y[i] = target(x.subarray(i * inputs, (i + 1) * inputs)) + noise * random.normal();
  }
  return { x: { data: x, shape: [count, inputs] }, y: { data: y, shape: [count, 1] } };
}

/**
 * Linear regression: `y = bias + sum(coefficient * x)`, inputs uniform in [-1, 1].
 *
 * @throws LuthierError LU_DATA_OPTION.
 *
 * @example
 * generators.linear({ coefficients: [2, -3], bias: 1, noise: 0.1 })
 */
export function linear(options: LinearOptions = {}): Samples {
  const common = readCommon('linear', options, ['coefficients', 'bias']);
  const slopes = readCoefficients('linear', options.coefficients ?? [2]);
  const bias = requireNumber(CODE, 'linear', 'bias', options.bias ?? 1, ranges.finite);
  return regression(common, slopes.length, (row) =>
    slopes.reduce((sum, slope, j) => sum + slope * row[j]!, bias),
  );
}

/**
 * Polynomial regression of one input, uniform in [-1, 1]: `y = sum(coefficient_p * x^p)`.
 *
 * @throws LuthierError LU_DATA_OPTION.
 *
 * @example
 * generators.polynomial({ coefficients: [0, 0, 1], noise: 0.05 }) // a parabola
 */
export function polynomial(options: PolynomialOptions = {}): Samples {
  const common = readCommon('polynomial', options, ['coefficients']);
  const coefficients = readCoefficients('polynomial', options.coefficients ?? [0, -1, 0, 2]);
  return regression(common, 1, ([x]) =>
    coefficients.reduceRight((sum, coefficient) => sum * x! + coefficient, 0),
  );
}

/**
 * A sine wave as a time series: `amplitude * sin(2 pi cycles t / count)` plus noise, t = 0, 1, ...
 *
 * Defaults: amplitude 1, cycles 4.
 *
 * @throws LuthierError LU_DATA_OPTION.
 *
 * @example
 * windows(generators.sine({ count: 500, noise: 0.1 }).values, { length: 20 })
 */
export function sine(options: SineOptions = {}): TimeSeries {
  const { count, noise, random } = readCommon('sine', options, ['cycles', 'amplitude']);
  const cycles = requireNumber(CODE, 'sine', 'cycles', options.cycles ?? 4, ranges.positive);
  const amplitude = requireNumber(CODE, 'sine', 'amplitude', options.amplitude ?? 1, ranges.finite);
  return {
    name: 'sine',
    time: Float64Array.from({ length: count }, (_, t) => t),
    values: Float64Array.from(
      { length: count },
      (_, t) => amplitude * Math.sin((2 * Math.PI * cycles * t) / count) + noise * random.normal(),
    ),
  };
}
