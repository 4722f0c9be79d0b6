import { LuthierError } from '@luthier/core';
import type { Shape } from '../graph/node.ts';
import { ranges, refuseUnknown, requireName, requireNumber } from '../layers/options.ts';

/**
 * A penalty on a tensor: the sum of its parts, each a coefficient times a formula: `l1` and `proximalL1`: `sum(abs(w))`,
 * `l2`: `sum(w^2)`, `orthogonalRows` and `orthogonalColumns`: see `regularizers.orthogonal`. An absent coefficient costs nothing in the graph.
 */
export interface Regularizer {
  readonly l1?: number;
  /** Acts by a soft threshold after each update instead of by its gradient. */
  readonly proximalL1?: number;
  readonly l2?: number;
  readonly orthogonalRows?: number;
  readonly orthogonalColumns?: number;
}

/** The names that `kernelRegularizer` takes besides data: each with coefficients of 0.01. */
export type RegularizerName = 'l1' | 'l2' | 'l1l2' | 'orthogonal' | 'proximalL1';

/** Options of `regularizers.orthogonal`. */
export interface OrthogonalOptions {
  /** Coefficient of the penalty. Default 0.01. */
  readonly factor?: number;
  /** Which vectors are pulled apart. Default `rows`. */
  readonly mode?: 'rows' | 'columns';
}

const DEFAULT_COEFFICIENT = 0.01;

const named: Readonly<Record<RegularizerName, Regularizer>> = {
  l1: { l1: DEFAULT_COEFFICIENT },
  l2: { l2: DEFAULT_COEFFICIENT },
  l1l2: { l1: DEFAULT_COEFFICIENT, l2: DEFAULT_COEFFICIENT },
  orthogonal: { orthogonalRows: DEFAULT_COEFFICIENT },
  proximalL1: { proximalL1: DEFAULT_COEFFICIENT },
};

const PARTS = ['l1', 'proximalL1', 'l2', 'orthogonalRows', 'orthogonalColumns'] as const;

function coefficients(where: string, given: object, known: readonly string[]): void {
  refuseUnknown('LU_REGULARIZER_OPTION', where, given, known);
  for (const [name, value] of Object.entries(given)) {
    requireNumber('LU_REGULARIZER_NEGATIVE', where, name, value, ranges.notNegative);
  }
}

function checked(where: string, given: Regularizer): Regularizer {
  coefficients(where, given, PARTS);
  return given;
}

function orthogonal(options: OrthogonalOptions = {}): Regularizer {
  const where = 'regularizer orthogonal';
  const { mode = 'rows', ...rest } = options;
  coefficients(where, rest, ['factor', 'mode']);
  if (mode !== 'rows' && mode !== 'columns') {
    throw new LuthierError('LU_REGULARIZER_OPTION', `${where}: mode is '${String(mode)}'`, {
      fix: "Give mode 'rows' or 'columns'.",
      where,
    });
  }
  const factor = options.factor ?? DEFAULT_COEFFICIENT;
  return mode === 'rows' ? { orthogonalRows: factor } : { orthogonalColumns: factor };
}

/**
 * Penalties with the formulas of Keras: `l1 * sum(abs(w))`, `l2 * sum(w^2)` without a factor 1/2, or both;
 * `orthogonal`: the factor times the mean of `abs(cosine)` over all pairs of rows (or columns) of a matrix.
 *
 * `proximalL1` is L1 with exact zeros: a gradient of constant size never leaves a weight at 0, so after each update the
 * weight is put to `sign(w) max(abs(w) - rate * l1, 0)` instead, rate being `learningRate / (1 - momentum)` for sgd, which
 * solves the same problem as `l1`, and `learningRate` for others, where it is decoupled from their scaling as weight
 * decay is. The penalty is still part of the loss reported.
 *
 * Defaults: 0.01 for `l1()`, `l2()`, `proximalL1()` and `orthogonal()`, 0 and 0 for `l1l2()`; rows, which are inputs of a dense kernel,
 * columns its units. A coefficient is an input of the compiled graph, so that trials that differ in it share one graph.
 * Throws `LU_REGULARIZER_NEGATIVE` unless it is finite and not negative, and when the model is made
 * `LU_REGULARIZER_SHAPE` for an orthogonal penalty on anything but a matrix.
 * Reference: Tibshirani 1996 (L1); Daubechies, Defrise and De Mol 2004 (proximal); Hoerl and Kennard 1970 (L2); Zou and Hastie 2005 (both).
 *
 * @example
 * layers.dense({ units: 64, activation: 'relu', kernelRegularizer: regularizers.l2(0.01) })
 */
export const regularizers: {
  readonly l1: (coefficient?: number) => Regularizer;
  readonly l2: (coefficient?: number) => Regularizer;
  readonly l1l2: (coefficients?: { readonly l1?: number; readonly l2?: number }) => Regularizer;
  readonly orthogonal: (options?: OrthogonalOptions) => Regularizer;
  readonly proximalL1: (coefficient?: number) => Regularizer;
} = {
  l1: (coefficient = DEFAULT_COEFFICIENT) => checked('regularizer l1', { l1: coefficient }),
  l2: (coefficient = DEFAULT_COEFFICIENT) => checked('regularizer l2', { l2: coefficient }),
  l1l2: (given = {}) => {
    coefficients('regularizer l1l2', given, ['l1', 'l2']);
    return { l1: given.l1 ?? 0, l2: given.l2 ?? 0 };
  },
  orthogonal,
  proximalL1: (coefficient = DEFAULT_COEFFICIENT) =>
    checked('regularizer proximalL1', { proximalL1: coefficient }),
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

/** Throws `LU_REGULARIZER_SHAPE` for a penalty that a tensor of that shape cannot have. */
export function requirePenaltyFits(where: string, regularizer: Regularizer | undefined, shape: Shape): void {
  const parts = [regularizer?.orthogonalRows, regularizer?.orthogonalColumns];
  for (const [axis, part] of parts.entries()) {
    if (part === undefined || (shape.length === 2 && shape[axis]! > 1)) continue;
    throw new LuthierError(
      'LU_REGULARIZER_SHAPE',
      `${where}: an orthogonal penalty takes a matrix of two ${axis === 0 ? 'rows' : 'columns'} at least, not [${shape.join(', ')}]`,
      { fix: 'Put it on a kernel of two axes, or choose another penalty.', where },
    );
  }
}
