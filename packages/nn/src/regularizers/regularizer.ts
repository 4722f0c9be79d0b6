import { ranges, refuseUnknown, requireName, requireNumber } from '../layers/options.ts';

/** A penalty on a tensor: `l1 * sum(abs(w)) + l2 * sum(w^2)`; an absent coefficient costs nothing in the graph. */
export interface Regularizer {
  readonly l1?: number;
  readonly l2?: number;
}

/** The names that `kernelRegularizer` takes besides data: each with coefficients of 0.01. */
export type RegularizerName = 'l1' | 'l2' | 'l1l2';

const DEFAULT_COEFFICIENT = 0.01;

const named: Readonly<Record<RegularizerName, Regularizer>> = {
  l1: { l1: DEFAULT_COEFFICIENT },
  l2: { l2: DEFAULT_COEFFICIENT },
  l1l2: { l1: DEFAULT_COEFFICIENT, l2: DEFAULT_COEFFICIENT },
};

function checked(where: string, given: Regularizer): Regularizer {
  refuseUnknown('LU_REGULARIZER_OPTION', where, given, ['l1', 'l2']);
  for (const [name, value] of Object.entries(given)) {
    requireNumber('LU_REGULARIZER_NEGATIVE', where, name, value, ranges.notNegative);
  }
  return given;
}

/**
 * Penalties with the formulas of Keras: `l1 * sum(abs(w))`, `l2 * sum(w^2)` without a factor 1/2, or both.
 *
 * Defaults: 0.01 for `l1()` and `l2()`; 0 and 0 for `l1l2()`. A coefficient is an input of the compiled graph, so that
 * trials that differ in it share one graph. Throws `LU_REGULARIZER_NEGATIVE` unless it is finite and not negative.
 * Reference: Tibshirani 1996 (L1); Hoerl and Kennard 1970 (L2); Zou and Hastie 2005 (both).
 *
 * @example
 * layers.dense({ units: 64, activation: 'relu', kernelRegularizer: regularizers.l2(0.01) })
 */
export const regularizers: {
  readonly l1: (coefficient?: number) => Regularizer;
  readonly l2: (coefficient?: number) => Regularizer;
  readonly l1l2: (coefficients?: { readonly l1?: number; readonly l2?: number }) => Regularizer;
} = {
  l1: (coefficient = DEFAULT_COEFFICIENT) => checked('regularizer l1', { l1: coefficient }),
  l2: (coefficient = DEFAULT_COEFFICIENT) => checked('regularizer l2', { l2: coefficient }),
  l1l2: (coefficients = {}) => {
    checked('regularizer l1l2', coefficients);
    return { l1: coefficients.l1 ?? 0, l2: coefficients.l2 ?? 0 };
  },
};

/** Reads a regularizer given as a name or as data; undefined stays undefined. */
export function parseRegularizer(
  where: string,
  given: RegularizerName | Regularizer | undefined,
): Regularizer | undefined {
  if (given === undefined) return undefined;
  if (typeof given === 'string') {
    return requireName('LU_REGULARIZER_UNKNOWN', where, 'regularizer', given, named);
  }
  return checked(`${where} regularizer`, given);
}
