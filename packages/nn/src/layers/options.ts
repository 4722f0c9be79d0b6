import { didYouMean, type ErrorCode, LuthierError, refuseUnknown as refuse } from '@luthier/core';

/** Options of Keras that have no place here, and what to do instead. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  dataFormat: 'Channels are the last axis; turn data with layers.permute({ dims: [2, 3, 1] }).',
  seed: 'Leave it out: all random numbers follow from the seed of fit, layer by layer.',
  dtype: 'Leave it out: layers compute in float32.',
  batchSize: 'Give batchSize to fit, evaluate or predict.',
  stateful: 'Ask for the states with returnState and give them to the next call as further inputs.',
  unroll: 'Leave it out: sequences run as one loop of the compiled graph.',
  training: 'Leave it out: fit trains; evaluate and predict do not. Freeze layers with trainable: false.',
};

/** Refuses options that nobody reads, with the nearest known name; options of Keras that have no place here with what to do instead. */
export function refuseUnknown(
  code: ErrorCode,
  where: string,
  options: object,
  known: readonly string[],
): void {
  refuse(code, where, options, known, ELSEWHERE);
}

/** Refuses a number outside its range; the bounds are written as in mathematics, such as `[0, 1)`. */
export function requireNumber(
  code: ErrorCode,
  where: string,
  option: string,
  value: unknown,
  range: { readonly text: string; readonly holds: (value: number) => boolean },
): number {
  if (typeof value === 'number' && Number.isFinite(value) && range.holds(value)) return value;
  throw new LuthierError(code, `${where}: ${option} is ${String(value)}, outside ${range.text}`, {
    fix: `Give ${option} a number in ${range.text}.`,
    where,
  });
}

/** Common ranges of options. */
export const ranges = {
  finite: { text: '(-Infinity, Infinity)', holds: (): boolean => true },
  notNegative: { text: '[0, Infinity)', holds: (value: number): boolean => value >= 0 },
  positive: { text: '(0, Infinity)', holds: (value: number): boolean => value > 0 },
  rate: { text: '[0, 1)', holds: (value: number): boolean => value >= 0 && value < 1 },
  count: {
    text: 'the integers from 1',
    holds: (value: number): boolean => Number.isInteger(value) && value >= 1,
  },
  countFromZero: {
    text: 'the integers from 0',
    holds: (value: number): boolean => Number.isInteger(value) && value >= 0,
  },
} as const;

/** Short names of Keras, and others that are no misspelling of ours. */
const ALSO_CALLED: Readonly<Record<string, string>> = {
  mse: 'meanSquaredError',
  mae: 'meanAbsoluteError',
  mape: 'meanAbsolutePercentageError',
  msle: 'meanSquaredLogarithmicError',
  kld: 'klDivergence',
  swish: 'silu',
  uniform: 'randomUniform',
  normal: 'randomNormal',
  acc: 'accuracy',
};

/** Reads a name from a table, or refuses it with the nearest one. */
export function requireName<T>(
  code: ErrorCode,
  where: string,
  what: string,
  name: unknown,
  table: Readonly<Record<string, T>>,
): T {
  if (typeof name === 'string' && Object.hasOwn(table, name)) return table[name]!;
  const names = Object.keys(table);
  const known = Object.hasOwn(ALSO_CALLED, String(name)) ? ALSO_CALLED[String(name)]! : String(name);
  throw new LuthierError(
    code,
    `${where}: unknown ${what} '${String(name)}'${didYouMean(known, names) || '.'}`,
    { fix: `Use one of ${names.join(', ')}.`, where },
  );
}
