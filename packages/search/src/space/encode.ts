import type { Params, ParamValue } from '@luthier/core';
import { withinBounds } from './bounds.ts';
import { fillParams } from './canonical.ts';
import { ladderOf, levelCount } from './levels.ts';
import type { FloatParameter, IntParameter, Parameter, Space } from './parameter.ts';

/** A parameter that a sampler may vary: all but fixed ones. */
export interface Dimension {
  readonly parameter: Exclude<Parameter, { kind: 'fixed' }>;
  /** Unordered values are equal or different, nothing between. */
  readonly categorical: boolean;
  /** Number of values; Infinity when continuous. */
  readonly levels: number;
}

/** A configuration in the unit cube. */
export interface EncodedPoint {
  /** One coordinate in [0, 1] a dimension; 0.5 where inactive. */
  readonly point: Float64Array;
  /** 1 where the dimension is active, 0 elsewhere. */
  readonly active: Uint8Array;
}

const cache = new WeakMap<Space, readonly Dimension[]>();

/** The dimensions of the unit cube of a space, in the order of its parameters. */
export function dimensions(space: Space): readonly Dimension[] {
  let found = cache.get(space);
  if (!found) {
    found = space.parameters
      .filter((parameter) => parameter.kind !== 'fixed')
      .map((parameter) => ({
        parameter,
        categorical: parameter.kind === 'boolean' || (parameter.kind === 'choice' && !parameter.ordered),
        levels: levelCount(parameter),
      }));
    cache.set(space, found);
  }
  return found;
}

function axis(parameter: FloatParameter | IntParameter, x: number): number {
  if (parameter.scale === 'log') return Math.log(x);
  if (parameter.scale === 'reverseLog') return -Math.log1p(-x);
  if (parameter.scale === 'logit') return Math.log(x) - Math.log1p(-x);
  return x;
}

function inverseAxis(parameter: FloatParameter | IntParameter, t: number): number {
  if (parameter.scale === 'log') return Math.exp(t);
  if (parameter.scale === 'reverseLog') return -Math.expm1(-t);
  if (parameter.scale === 'logit') return 1 / (1 + Math.exp(-t));
  return t;
}

/** Log-spread integers live on [min - 1/2, max + 1/2] and are rounded; everything else keeps its own ends. */
function ends(parameter: FloatParameter | IntParameter): readonly [number, number] {
  const half = parameter.kind === 'int' ? 0.5 : 0;
  return [axis(parameter, parameter.min - half), axis(parameter, parameter.max + half)];
}

function isSpreadInteger(parameter: Parameter): parameter is IntParameter {
  return parameter.kind === 'int' && parameter.scale === 'log' && parameter.step === 1;
}

/**
 * The coordinate in [0, 1] of a value.
 *
 * Continuous: (f(x) - f(min)) / (f(max) - f(min)) with f = x, ln x, -ln(1 - x) or ln(x / (1 - x)) by scale.
 * Listed or stepped, value number i of n: (i + 1/2) / n. Log-spread integers: ln over [min - 1/2, max + 1/2].
 */
export function encodeValue(parameter: Parameter, value: ParamValue): number {
  const ladder = ladderOf(parameter);
  if (ladder && !(isSpreadInteger(parameter) && ladder.count > 1))
    return (ladder.indexOf(value) + 0.5) / ladder.count;
  if (parameter.kind !== 'float' && parameter.kind !== 'int') return 0.5;
  const [low, high] = ends(parameter);
  return Math.min(1, Math.max(0, (axis(parameter, value as number) - low) / (high - low)));
}

/**
 * As `encodeValue`, for any number: one between two steps lies between their coordinates, one outside of the range outside of [0, 1].
 */
export function coordinateOf(parameter: Parameter, value: ParamValue): number {
  if ((parameter.kind !== 'float' && parameter.kind !== 'int') || typeof value !== 'number')
    return encodeValue(parameter, value);
  const ladder = ladderOf(parameter);
  if (ladder?.count === 1) return 0.5;
  const { min, step, scale } = parameter;
  if (ladder && !isSpreadInteger(parameter)) {
    const rank = scale === 'log' ? Math.log(value / min) / Math.log(step!) : (value - min) / step!;
    return (rank + 0.5) / ladder.count;
  }
  const [low, high] = ends(parameter);
  return (axis(parameter, value) - low) / (high - low);
}

/** The value at a coordinate in [0, 1]; always one that the parameter has. */
export function decodeValue(parameter: Parameter, u: number): ParamValue {
  const ladder = ladderOf(parameter);
  if (ladder && !(isSpreadInteger(parameter) && ladder.count > 1))
    return ladder.valueAt(Math.min(ladder.count - 1, Math.max(0, Math.floor(u * ladder.count))));
  const ranged = parameter as FloatParameter | IntParameter;
  const { min, max } = ranged;
  if (u <= 0) return min;
  if (u >= 1) return max;
  const [low, high] = ends(ranged);
  const x = inverseAxis(ranged, low + u * (high - low));
  return Math.min(max, Math.max(min, ranged.kind === 'int' ? Math.round(x) : x));
}

/**
 * A configuration as a point of the unit cube; inactive dimensions are 0.5 and masked.
 *
 * @example
 * encode(space({ rate: float(1e-4, 1e-2, { log: true }) }), { rate: 1e-3 }).point // [0.5]
 */
export function encode(space: Space, params: Params): EncodedPoint {
  const all = dimensions(space);
  const point = new Float64Array(all.length).fill(0.5);
  const active = new Uint8Array(all.length);
  for (const [index, { parameter }] of all.entries()) {
    const value = params[parameter.name];
    if (value === undefined) continue;
    point[index] = encodeValue(parameter, value);
    active[index] = 1;
  }
  return { point, active };
}

const indices = new WeakMap<Space, ReadonlyMap<Parameter, number>>();

/** The dimension of each parameter of a space; fixed ones have none. */
export function dimensionIndex(space: Space): ReadonlyMap<Parameter, number> {
  let index = indices.get(space);
  if (!index) {
    index = new Map(dimensions(space).map(({ parameter }, i) => [parameter as Parameter, i]));
    indices.set(space, index);
  }
  return index;
}

/**
 * The canonical configuration at a point of the unit cube: active parameters only, moved inside of bounds that depend on other
 * parameters. Constraints may still be broken.
 */
export function decode(space: Space, point: ArrayLike<number>): Params {
  const index = dimensionIndex(space);
  return fillParams(space, (parameter, before) => {
    const i = index.get(parameter);
    return withinBounds(parameter, decodeValue(parameter, i === undefined ? 0.5 : point[i]!), before);
  });
}
