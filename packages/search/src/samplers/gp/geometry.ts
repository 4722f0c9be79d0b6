import { hasBounds } from '../../space/bounds.ts';
import { type Dimension, decode, decodeValue, dimensions, encodeValue } from '../../space/encode.ts';
import type { Condition, Parameter, Space } from '../../space/parameter.ts';

/** A coordinate of the kernel's distance. */
export interface Feature {
  /** `numeric`: squared difference; `mismatch`: 0 where equal, 1 where not. */
  readonly kind: 'numeric' | 'mismatch';
  /** Dimension of the unit cube, or -1 for the activity of a group of conditional parameters. */
  readonly dimension: number;
}

/** How a space looks to the model: which points of the unit cube are configurations, and how far apart they are. */
export interface Geometry {
  readonly dimensions: readonly Dimension[];
  readonly features: readonly Feature[];
  /** A text that is equal for geometries whose fitted length scales mean the same. */
  readonly signature: string;
  /** Whether a dimension is active at a snapped point. */
  isActive(point: Float64Array, dimension: number): boolean;
  /** Moves a point of the unit cube onto the nearest configuration, inactive dimensions to 0.5. */
  snap(point: Float64Array): void;
  /** The coordinate of value number `level` of a dimension with levels. */
  levelAt(dimension: number, level: number): number;
  /** The number of the value at a coordinate of a dimension with levels. */
  levelOf(dimension: number, u: number): number;
  /** Copies the coordinates of a row of features back into a point, NaN where inactive. */
  read(rows: Float64Array, offset: number, point: Float64Array): void;
  /** Writes the features of a snapped point; an inactive number counts as 0.5, an inactive category as -1. */
  write(point: Float64Array, rows: Float64Array, offset: number): void;
}

// Above this number of values a table is not worth its memory; such dimensions are snapped by decoding.
const TABLE = 4096;

type Test = (point: Float64Array) => boolean;

const cache = new WeakMap<Space, Geometry>();

/** The geometry of a space; conditional parameters with the same conditions share one activity feature. */
export function geometry(space: Space): Geometry {
  let found = cache.get(space);
  if (found === undefined) {
    found = create(space);
    cache.set(space, found);
  }
  return found;
}

function create(space: Space): Geometry {
  const all = dimensions(space);
  const indexOf = new Map<string, number>(all.map(({ parameter }, i) => [parameter.name, i]));
  const isBounded = space.parameters.some(hasBounds);
  const fixed = new Map(
    space.parameters.flatMap((parameter) =>
      parameter.kind === 'fixed' ? [[parameter.name, parameter] as const] : [],
    ),
  );
  // Evenly spread tables of coordinates; log-spread integers are spaced by their own rule.
  const tables = all.map(({ parameter, levels }) => {
    if (!(levels <= TABLE)) return undefined;
    if (parameter.kind === 'int' && parameter.scale === 'log' && parameter.step === 1) {
      return Float64Array.from({ length: levels }, (_, i) => encodeValue(parameter, parameter.min + i));
    }
    return Float64Array.from({ length: levels }, (_, i) => (i + 0.5) / levels);
  });
  const levelOf = (k: number, u: number): number => {
    const table = tables[k]!;
    const { parameter, levels } = all[k]!;
    const even = Math.min(levels - 1, Math.max(0, Math.floor(u * levels)));
    if (Math.abs(table[even]! - (even + 0.5) / levels) < 1e-12 && !isLogInteger(parameter)) return even;
    return (decodeValue(parameter, u) as number) - (parameter as { min: number }).min;
  };

  const testOf = ({ parent, values }: Condition): Test => {
    const constant = fixed.get(parent);
    if (constant !== undefined) {
      const holds = values.includes(constant.value);
      return () => holds;
    }
    const index = indexOf.get(parent);
    if (index === undefined) return () => false;
    const { parameter } = all[index]!;
    const table = tables[index];
    if (table === undefined) return (point) => values.includes(decodeValue(parameter, point[index]!));
    const allowed = Array.from(table, (u) => values.includes(decodeValue(parameter, u)));
    return (point) => allowed[levelOf(index, point[index]!)]!;
  };
  const chain = (parameter: Parameter): readonly Test[] =>
    (parameter.conditions ?? []).flatMap((condition) => {
      const parent = space.parameters.find(({ name }) => name === condition.parent);
      return [...(parent === undefined ? [] : chain(parent)), testOf(condition)];
    });
  const tests = all.map(({ parameter }) => chain(parameter));
  const isActive = (point: Float64Array, k: number): boolean => {
    const all = tests[k]!;
    for (let i = 0; i < all.length; i++) if (!all[i]!(point)) return false;
    return true;
  };

  const features: Feature[] = all.map(({ categorical }, dimension) => ({
    kind: categorical ? 'mismatch' : 'numeric',
    dimension,
  }));
  const groups: number[] = [];
  // Which group says whether a dimension is active; -1 for those that always are.
  const groupOf = new Int32Array(all.length).fill(-1);
  const groupKeys = new Map<string, number>();
  for (const [k, { parameter }] of all.entries()) {
    const key = JSON.stringify(parameter.conditions ?? []);
    if (tests[k]!.length === 0) continue;
    if (!groupKeys.has(key)) {
      groupKeys.set(key, groups.length);
      groups.push(k);
      features.push({ kind: 'mismatch', dimension: -1 });
    }
    groupOf[k] = groupKeys.get(key)!;
  }

  return {
    dimensions: all,
    features,
    signature: JSON.stringify([all.map(({ parameter }) => parameter), groups]),
    isActive,
    levelOf,
    levelAt: (k, level) => tables[k]![level]!,
    snap: (point) => {
      for (let k = 0; k < all.length; k++) {
        if (!isActive(point, k)) point[k] = 0.5;
        else if (tables[k] !== undefined) point[k] = tables[k]![levelOf(k, point[k]!)]!;
        else if (all[k]!.levels !== Number.POSITIVE_INFINITY) {
          point[k] = encodeValue(all[k]!.parameter, decodeValue(all[k]!.parameter, point[k]!));
        } else point[k] = Math.min(1, Math.max(0, point[k]!));
      }
      if (!isBounded) return;
      const params = decode(space, point);
      for (const [k, { parameter }] of all.entries())
        if (hasBounds(parameter) && isActive(point, k))
          point[k] = encodeValue(parameter, params[parameter.name]!);
    },
    read: (rows, offset, point) => {
      for (let k = 0; k < all.length; k++) {
        const value = rows[offset + k]!;
        if (groupOf[k]! >= 0 && rows[offset + all.length + groupOf[k]!] === 0) point[k] = Number.NaN;
        else point[k] = all[k]!.categorical ? (value + 0.5) / all[k]!.levels : value;
      }
    },
    write: (point, rows, offset) => {
      for (let k = 0; k < all.length; k++) {
        // The middle, and a category of its own: with the activity feature this stays a Euclidean distance, so
        // that the kernel is positive definite. A difference of 0 between active and inactive would not be.
        if (!isActive(point, k)) rows[offset + k] = all[k]!.categorical ? -1 : 0.5;
        else rows[offset + k] = all[k]!.categorical ? levelOf(k, point[k]!) : point[k]!;
      }
      for (let g = 0; g < groups.length; g++)
        rows[offset + all.length + g] = isActive(point, groups[g]!) ? 1 : 0;
    },
  };
}

function isLogInteger(parameter: Parameter): boolean {
  return parameter.kind === 'int' && parameter.scale === 'log' && parameter.step === 1;
}
