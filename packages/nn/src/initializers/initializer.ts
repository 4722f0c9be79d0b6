import { type Generator, generator, LuthierError, type RandomKey } from '@luthier/core';
import { ranges, refuseUnknown, requireName, requireNumber } from '../layers/options.ts';
import { orthogonalMatrix } from './orthogonal.ts';

/** How weights begin: a distribution by name with its numbers. */
export interface Initializer {
  readonly kind: InitializerName;
  /** The numbers of the distribution, by option name. */
  readonly numbers: Readonly<Record<string, number>>;
}

/** Inputs and outputs that one unit of a weight is connected to. */
export interface Fans {
  readonly fanIn: number;
  readonly fanOut: number;
}

/** Standard deviation of a unit normal cut at two standard deviations. */
const TRUNCATED_DEVIATION = 0.87962566103423978;

type Fill = (
  values: Float32Array,
  random: Generator,
  fans: Fans,
  numbers: Readonly<Record<string, number>>,
) => void;

interface Kind {
  /** Options with their defaults. */
  readonly defaults: Readonly<Record<string, number>>;
  readonly fill: Fill;
}

/** Normal numbers drawn at a time. */
const AT_ONCE = 512;

/** Normal numbers; those more than `cut` deviations from the mean are drawn again. */
function fillNormal(
  values: Float32Array,
  random: Generator,
  mean: number,
  deviation: number,
  cut = Number.POSITIVE_INFINITY,
): void {
  const drawn = new Float64Array(AT_ONCE);
  let at = 0;
  while (at < values.length) {
    random.fillNormal(drawn);
    for (let i = 0; i < AT_ONCE && at < values.length; i++) {
      const value = drawn[i]!;
      if (Math.abs(value) <= cut) values[at++] = mean + deviation * value;
    }
  }
}

function scaledNormal(variance: (fans: Fans) => number): Kind {
  return {
    defaults: {},
    fill: (values, random, fans) =>
      fillNormal(values, random, 0, Math.sqrt(variance(fans)) / TRUNCATED_DEVIATION, 2),
  };
}

function scaledUniform(variance: (fans: Fans) => number): Kind {
  return {
    defaults: {},
    fill: (values, random, fans) => {
      const limit = Math.sqrt(3 * variance(fans));
      for (let i = 0; i < values.length; i++) values[i] = limit * (2 * random.uniform() - 1);
    },
  };
}

const kinds: Readonly<Record<InitializerName, Kind>> = {
  glorotUniform: scaledUniform(({ fanIn, fanOut }) => 2 / (fanIn + fanOut)),
  glorotNormal: scaledNormal(({ fanIn, fanOut }) => 2 / (fanIn + fanOut)),
  heUniform: scaledUniform(({ fanIn }) => 2 / fanIn),
  heNormal: scaledNormal(({ fanIn }) => 2 / fanIn),
  lecunUniform: scaledUniform(({ fanIn }) => 1 / fanIn),
  lecunNormal: scaledNormal(({ fanIn }) => 1 / fanIn),
  randomNormal: {
    defaults: { mean: 0, stddev: 0.05 },
    fill: (values, random, _fans, { mean, stddev }) => fillNormal(values, random, mean!, stddev!),
  },
  randomUniform: {
    defaults: { minval: -0.05, maxval: 0.05 },
    fill: (values, random, _fans, { minval, maxval }) => {
      for (let i = 0; i < values.length; i++) values[i] = minval! + (maxval! - minval!) * random.uniform();
    },
  },
  truncatedNormal: {
    defaults: { mean: 0, stddev: 0.05 },
    fill: (values, random, _fans, { mean, stddev }) => fillNormal(values, random, mean!, stddev!, 2),
  },
  zeros: { defaults: {}, fill: () => {} },
  ones: { defaults: {}, fill: (values) => values.fill(1) },
  constant: { defaults: { value: 0 }, fill: (values, _random, _fans, { value }) => values.fill(value!) },
  orthogonal: {
    defaults: { gain: 1 },
    fill: (values, random, { fanIn }, { gain }) => {
      const matrix = orthogonalMatrix(random, fanIn, values.length / fanIn);
      for (let i = 0; i < values.length; i++) values[i] = gain! * matrix[i]!;
    },
  },
};

/** The names of the initializers, as `kernelInitializer` takes them. */
export type InitializerName =
  | 'glorotUniform'
  | 'glorotNormal'
  | 'heUniform'
  | 'heNormal'
  | 'lecunUniform'
  | 'lecunNormal'
  | 'randomNormal'
  | 'randomUniform'
  | 'truncatedNormal'
  | 'zeros'
  | 'ones'
  | 'constant'
  | 'orthogonal';

function create(kind: InitializerName, options: Readonly<Record<string, number>> = {}): Initializer {
  const { defaults } = kinds[kind];
  refuseUnknown('LU_INITIALIZER_OPTION', `initializer ${kind}`, options, Object.keys(defaults));
  const numbers: Record<string, number> = { ...defaults, ...options };
  for (const [name, value] of Object.entries(numbers)) {
    const range = name === 'stddev' ? ranges.notNegative : ranges.finite;
    requireNumber('LU_INITIALIZER_OPTION', `initializer ${kind}`, name, value, range);
  }
  if (numbers.minval !== undefined && numbers.minval > numbers.maxval!) {
    throw new LuthierError(
      'LU_INITIALIZER_OPTION',
      `initializer ${kind}: minval ${numbers.minval} is above maxval ${numbers.maxval}`,
      { fix: 'Swap minval and maxval.' },
    );
  }
  return { kind, numbers };
}

/**
 * Initializers with the names and formulas of Keras 3.
 *
 * With `fi` and `fo` the fan-in and fan-out: Glorot has variance `2 / (fi + fo)`, He `2 / fi`, LeCun `1 / fi`.
 * Uniform forms draw from `+-sqrt(3 * variance)`; normal forms are cut at two standard deviations, and their nominal
 * deviation is divided by 0.87962566103423978 so that the realized one is right. `truncatedNormal` is cut but not
 * corrected, as in Keras. `orthogonal` draws a matrix [fan-in, ...] evenly among those with orthonormal columns (rows,
 * where there are fewer of them), times `gain`. Defaults: `stddev` 0.05, `minval` -0.05, `maxval` 0.05, `value` 0,
 * `gain` 1. Throws `LU_INITIALIZER_OPTION` for an unknown option or a negative deviation.
 * Reference: Glorot and Bengio 2010; He, Zhang, Ren and Sun 2015; LeCun, Bottou, Orr and Mueller 1998; Saxe, McClelland
 * and Ganguli 2014.
 *
 * @example
 * layers.dense({ units: 64, kernelInitializer: initializers.heNormal() })
 */
export const initializers: {
  readonly glorotUniform: () => Initializer;
  readonly glorotNormal: () => Initializer;
  readonly heUniform: () => Initializer;
  readonly heNormal: () => Initializer;
  readonly lecunUniform: () => Initializer;
  readonly lecunNormal: () => Initializer;
  readonly randomNormal: (options?: { readonly mean?: number; readonly stddev?: number }) => Initializer;
  readonly randomUniform: (options?: { readonly minval?: number; readonly maxval?: number }) => Initializer;
  readonly truncatedNormal: (options?: { readonly mean?: number; readonly stddev?: number }) => Initializer;
  readonly zeros: () => Initializer;
  readonly ones: () => Initializer;
  readonly constant: (value: number) => Initializer;
  readonly orthogonal: (options?: { readonly gain?: number }) => Initializer;
} = {
  glorotUniform: () => create('glorotUniform'),
  glorotNormal: () => create('glorotNormal'),
  heUniform: () => create('heUniform'),
  heNormal: () => create('heNormal'),
  lecunUniform: () => create('lecunUniform'),
  lecunNormal: () => create('lecunNormal'),
  randomNormal: (options = {}) => create('randomNormal', { ...options }),
  randomUniform: (options = {}) => create('randomUniform', { ...options }),
  truncatedNormal: (options = {}) => create('truncatedNormal', { ...options }),
  zeros: () => create('zeros'),
  ones: () => create('ones'),
  constant: (value) => create('constant', { value }),
  orthogonal: (options = {}) => create('orthogonal', { ...options }),
};

/** Reads an initializer given as a name or as data; throws `LU_INITIALIZER_UNKNOWN` with the nearest name. */
export function parseInitializer(where: string, given: InitializerName | Initializer): Initializer {
  const kind = typeof given === 'string' ? given : given.kind;
  requireName('LU_INITIALIZER_UNKNOWN', where, 'initializer', kind, kinds);
  return typeof given === 'string' ? create(kind) : create(kind, given.numbers);
}

/**
 * The first values of a weight, in row-major order: a pure function of initializer, shape, fans and key.
 *
 * @example
 * initialize(initializers.heNormal(), 784 * 512, { fanIn: 784, fanOut: 512 }, randomKey(42, 'init', 'dense1.kernel'))
 */
export function initialize(initializer: Initializer, size: number, fans: Fans, key: RandomKey): Float32Array {
  const values = new Float32Array(size);
  kinds[initializer.kind].fill(values, generator(key), fans, initializer.numbers);
  return values;
}
