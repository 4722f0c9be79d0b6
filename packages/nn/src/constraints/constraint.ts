import { LuthierError } from '@luthier/core';
import type { Shape } from '../graph/node.ts';
import { ranges, refuseUnknown, requireName, requireNumber } from '../layers/options.ts';

/** Axes over which norms are taken, counted from 0; a kernel's last axis are its units. */
export type ConstraintAxis = number | readonly number[];

/** What a weight is made to obey after each update. */
export type Constraint =
  | { readonly kind: 'maxNorm'; readonly maxValue: number; readonly axis: ConstraintAxis }
  | { readonly kind: 'unitNorm'; readonly axis: ConstraintAxis }
  | {
      readonly kind: 'minMaxNorm';
      readonly minValue: number;
      readonly maxValue: number;
      readonly rate: number;
      readonly axis: ConstraintAxis;
    }
  | { readonly kind: 'nonNeg' };

/** The names that `kernelConstraint` takes besides data: each with its defaults. */
export type ConstraintName = Constraint['kind'];

/** Options of `constraints.maxNorm`. */
export interface MaxNormOptions {
  /** Largest norm. Default 2. */
  readonly maxValue?: number;
  /** Default 0: one norm for each unit of a dense layer. */
  readonly axis?: ConstraintAxis;
}

/** Options of `constraints.minMaxNorm`. */
export interface MinMaxNormOptions extends MaxNormOptions {
  /** Smallest norm. Default 0. */
  readonly minValue?: number;
  /** Largest norm. Default 1. */
  readonly maxValue?: number;
  /** Share of the way to the wanted norm that one update goes, in [0, 1]. Default 1. */
  readonly rate?: number;
}

const CODE = 'LU_CONSTRAINT_OPTION';

const SHARE = { text: '[0, 1]', holds: (value: number): boolean => value >= 0 && value <= 1 };

function readAxis(where: string, axis: ConstraintAxis = 0): ConstraintAxis {
  const axes = typeof axis === 'number' ? [axis] : axis;
  if (Array.isArray(axes) && axes.length > 0 && axes.every(Number.isInteger)) return axis;
  throw new LuthierError(CODE, `${where}: axis is ${String(axis)}`, {
    fix: 'Give an integer or a list of integers.',
    where,
  });
}

function maxNorm(options: MaxNormOptions = {}): Constraint {
  const where = 'constraint maxNorm';
  refuseUnknown(CODE, where, options, ['maxValue', 'axis']);
  return {
    kind: 'maxNorm',
    maxValue: requireNumber(CODE, where, 'maxValue', options.maxValue ?? 2, ranges.positive),
    axis: readAxis(where, options.axis),
  };
}

function unitNorm(options: { readonly axis?: ConstraintAxis } = {}): Constraint {
  refuseUnknown(CODE, 'constraint unitNorm', options, ['axis']);
  return { kind: 'unitNorm', axis: readAxis('constraint unitNorm', options.axis) };
}

function minMaxNorm(options: MinMaxNormOptions = {}): Constraint {
  const where = 'constraint minMaxNorm';
  refuseUnknown(CODE, where, options, ['minValue', 'maxValue', 'rate', 'axis']);
  const minValue = requireNumber(CODE, where, 'minValue', options.minValue ?? 0, ranges.notNegative);
  const maxValue = requireNumber(CODE, where, 'maxValue', options.maxValue ?? 1, ranges.positive);
  if (minValue > maxValue) {
    throw new LuthierError(CODE, `${where}: minValue ${minValue} is above maxValue ${maxValue}`, {
      fix: 'Swap them.',
      where,
    });
  }
  const rate = requireNumber(CODE, where, 'rate', options.rate ?? 1, SHARE);
  return { kind: 'minMaxNorm', minValue, maxValue, rate, axis: readAxis(where, options.axis) };
}

function nonNeg(options: object = {}): Constraint {
  refuseUnknown(CODE, 'constraint nonNeg', options, []);
  return { kind: 'nonNeg' };
}

/**
 * Constraints with the formulas of Keras, put on a weight inside the training graph after each update.
 *
 * `maxNorm`: `w clip(norm, 0, maxValue) / (1e-7 + norm)`; `unitNorm`: `w / (1e-7 + norm)`; `minMaxNorm`:
 * `w wanted / (1e-7 + norm)`, `wanted = rate clip(norm, minValue, maxValue) + (1 - rate) norm`; `nonNeg`: `max(w, 0)`.
 *
 * Defaults: maxNorm 2; minMaxNorm 0 to 1 at rate 1; axis 0, which gives each unit of a dense layer one norm; filters of
 * `conv2d` have one each over axes [0, 1, 2]. The bounds are inputs of the compiled graph, so that trials that differ in
 * them share one graph. A moving average (`useEma`) takes in what the update gave before the constraint, as in Keras, so
 * it may lie a little outside. Throws `LU_CONSTRAINT_OPTION` for bad numbers, and when the model is made
 * `LU_CONSTRAINT_AXIS` for an axis that the weight does not have.
 * Reference: Srebro, Rennie and Jaakkola 2004; Srivastava et al. 2014, section 5.1 (max-norm).
 *
 * @example
 * layers.dense({ units: 64, activation: 'relu', kernelConstraint: constraints.maxNorm({ maxValue: 3 }) })
 */
export const constraints: {
  readonly maxNorm: typeof maxNorm;
  readonly minMaxNorm: typeof minMaxNorm;
  readonly nonNeg: typeof nonNeg;
  readonly unitNorm: typeof unitNorm;
} = { maxNorm, minMaxNorm, nonNeg, unitNorm };

/** Reads a constraint given as a name or as data; undefined stays undefined. */
export function parseConstraint(
  where: string,
  given: ConstraintName | Constraint | undefined,
): Constraint | undefined {
  if (given === undefined) return undefined;
  const { kind, ...options } = typeof given === 'string' ? { kind: given } : given;
  const make = requireName<(options: object) => Constraint>(
    'LU_CONSTRAINT_UNKNOWN',
    where,
    'constraint',
    kind,
    constraints,
  );
  return make(options);
}

/** The numbers of a constraint, which are scalars of the compiled graph. */
export function constraintNumbers(constraint: Constraint | undefined): Readonly<Record<string, number>> {
  const entries = Object.entries(constraint ?? {}).filter(([name]) => name !== 'kind' && name !== 'axis');
  return Object.fromEntries(entries) as Readonly<Record<string, number>>;
}

/** Axes of a constraint counted from the front, of a weight of so many axes. */
export function constraintAxes(axis: ConstraintAxis, rank: number): readonly number[] {
  return [axis].flat().map((each) => (each < 0 ? each + rank : each));
}

/** Throws `LU_CONSTRAINT_AXIS` for a constraint over axes that a weight of that shape does not have. */
export function requireConstraintFits(path: string, constraint: Constraint | undefined, shape: Shape): void {
  if (constraint === undefined || constraint.kind === 'nonNeg') return;
  const axes = constraintAxes(constraint.axis, shape.length);
  const isKnown = axes.every((axis) => axis >= 0 && axis < shape.length);
  if (isKnown && new Set(axes).size === axes.length) return;
  throw new LuthierError(
    'LU_CONSTRAINT_AXIS',
    `${path}: ${constraint.kind} over axis ${[constraint.axis].flat().join(', ')} of a weight of shape [${shape.join(', ')}]`,
    { fix: `Choose different axes from 0 to ${shape.length - 1}.`, where: path },
  );
}
