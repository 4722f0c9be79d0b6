import {
  type Generator,
  generator,
  LuthierError,
  type Params,
  type ParamValue,
  randomKey,
} from '@luthier/core';
import { hasBounds, levelRange, rangeIn, withinBounds } from './bounds.ts';
import { canonicalParams, fillParams, misfit } from './canonical.ts';
import { brokenConstraint, isFeasible } from './constraints.ts';
import { coordinateOf, decode, decodeValue, dimensionIndex, dimensions, encode } from './encode.ts';
import { point, size } from './enumerate.ts';
import { ladderOf } from './levels.ts';
import type { Parameter, Space } from './parameter.ts';
import { hasPriors, priorCdf, priorQuantile } from './prior.ts';

/** How often a draw that breaks a constraint is drawn again. */
const REJECTIONS = 1000;
/** Finite spaces up to this size are looked through whole. */
const LISTED = 100_000;

/** The coordinates between which the bounds leave values; undefined without bounds. */
function coordinateRange(parameter: Parameter, before: Params): readonly [number, number] | undefined {
  if (!hasBounds(parameter)) return undefined;
  const ladder = ladderOf(parameter);
  if (ladder) {
    const { first, last } = levelRange(parameter, before);
    if (first > last) return undefined;
    const ends = [first, last].map((level) => coordinateOf(parameter, ladder.valueAt(level))) as [
      number,
      number,
    ];
    return [first === 0 ? 0 : ends[0], last === ladder.count - 1 ? 1 : ends[1]];
  }
  const { min, max } = rangeIn(parameter, before);
  return [coordinateOf(parameter, min), coordinateOf(parameter, max)];
}

/**
 * The value that a uniform number in [0, 1) draws from a parameter's prior, inside the bounds that the values before it leave: the
 * inverse distribution function.
 */
export function drawValue(parameter: Parameter, u: number, before: Params): ParamValue {
  const range = coordinateRange(parameter, before);
  if (!range) return decodeValue(parameter, priorQuantile(parameter, u));
  const [low, high] = range.map((end) => priorCdf(parameter, end)) as [number, number];
  const value = decodeValue(parameter, priorQuantile(parameter, low + u * (high - low)));
  return withinBounds(parameter, value, before);
}

const plain = new WeakMap<Space, boolean>();

/** Whether draws are uniform in the unit cube: neither beliefs nor bounds. */
function isPlain(space: Space): boolean {
  let found = plain.get(space);
  if (found === undefined) {
    found = !hasPriors(space) && !space.parameters.some(hasBounds);
    plain.set(space, found);
  }
  return found;
}

/**
 * The configuration that a point of the unit cube draws: uniform points become draws from the user's priors inside all bounds, and
 * evenly spread points stay evenly spread. Without priors and bounds the same as `decode`. Constraints may be broken.
 */
export function fromUniform(space: Space, u: ArrayLike<number>): Params {
  if (isPlain(space)) return decode(space, u);
  const index = dimensionIndex(space);
  return fillParams(space, (parameter, before) => {
    const i = index.get(parameter);
    return drawValue(parameter, i === undefined ? 0.5 : u[i]!, before);
  });
}

function refuseEmpty(space: Space, params: Params, tries: string): never {
  const rule = brokenConstraint(space, params)?.text;
  throw new LuthierError('LU_SPACE_EMPTY', `no configuration keeps the rule '${rule}': ${tries}`, {
    fix: 'Loosen the rule, or choose ranges and defaults that it allows.',
    where: rule ?? 'space',
  });
}

/**
 * A configuration drawn from the user's priors (uniform without them) that keeps all bounds and constraints.
 *
 * A draw that breaks a constraint is drawn again, up to 1,000 times; after that a space of at most 100,000 configurations is looked
 * through from a random one on. Throws LU_SPACE_EMPTY when none is found.
 */
export function drawParams(space: Space, random: Generator): Params {
  const u = new Float64Array(dimensions(space).length);
  let params: Params = {};
  for (let attempt = 0; attempt < REJECTIONS; attempt++) {
    for (let k = 0; k < u.length; k++) u[k] = random.uniform();
    params = fromUniform(space, u);
    if (isFeasible(space, params)) return params;
  }
  const total = size(space);
  if (total === 0) return refuseEmpty(space, params, 'all of the space was looked through');
  if (total <= LISTED) return point(space, Math.floor(random.uniform() * total));
  return refuseEmpty(space, params, `it was broken by ${REJECTIONS} draws`);
}

/**
 * A configuration near a given one that is a point of the space and keeps its constraints; itself when it does.
 *
 * Of 64 draws the one that differs least is moved on towards the wanted one, parameter by parameter, as far as the constraints allow.
 * Throws LU_SPACE_EMPTY when no configuration is found.
 */
export function nearestFeasible(space: Space, wanted: Params, random: Generator): Params {
  const target = canonicalParams(space, wanted);
  if (misfit(space, target) === undefined) return target;
  const { point: aim } = encode(space, target);
  const distance = (params: Params): number => {
    const { point: at } = encode(space, params);
    return at.reduce((sum, u, k) => sum + Math.abs(u - aim[k]!), 0);
  };
  let best = drawParams(space, random);
  for (let i = 1; i < 64; i++) {
    const other = drawParams(space, random);
    if (distance(other) < distance(best)) best = other;
  }
  for (let halving = 0; halving < 8; halving++)
    for (const [k, u] of aim.entries()) {
      const { point: at } = encode(space, best);
      for (const share of [1, 0.5]) {
        const moved = at.slice();
        moved[k] = at[k]! + share * (u - at[k]!);
        const params = decode(space, moved);
        if (!isFeasible(space, params) || distance(params) >= distance(best)) continue;
        best = params;
        break;
      }
    }
  return best;
}

/** Refuses a space whose constraints no configuration keeps, as far as 1,000 draws tell. Throws LU_SPACE_EMPTY. */
export function requirePoint(space: Space): void {
  if (space.constraints === undefined) return;
  if (isFeasible(space, canonicalParams(space, {}))) return;
  drawParams(space, generator(randomKey('a point of the space')));
}
