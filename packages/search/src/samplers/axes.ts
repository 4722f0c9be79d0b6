import type { Space } from '../space/parameter.ts';
import { type Geometry, geometry } from './gp/geometry.ts';

/** What the kernels need to know of a dimension of the unit cube. */
export interface Axis {
  readonly kind: 'line' | 'category';
  /** Number of values; Infinity when continuous. */
  readonly levels: number;
  /** Ends of the cell of a value, for lines with levels. */
  cell(level: number): readonly [number, number];
  /** Number of the value at a coordinate. */
  levelOf(u: number): number;
}

// Cells of more values are so narrow that the density in the middle is as good as the mass.
const CELLS = 4096;

const cache = new WeakMap<Geometry, readonly Axis[]>();

/** The axes of a space, one a dimension. */
export function axesOf(space: Space): readonly Axis[] {
  const shape = geometry(space);
  let axes = cache.get(shape);
  if (axes === undefined) {
    axes = shape.dimensions.map(({ parameter, categorical, levels }, k): Axis => {
      const isSpread =
        parameter.kind === 'int' && parameter.scale === 'log' && parameter.step === 1 && levels > 1;
      const edge = (level: number): number => {
        if (!isSpread) return level / levels;
        const low = Math.log(parameter.min - 0.5);
        return (Math.log(parameter.min + level - 0.5) - low) / (Math.log(parameter.max + 0.5) - low);
      };
      return {
        kind: categorical ? 'category' : 'line',
        levels: categorical || levels <= CELLS ? levels : Number.POSITIVE_INFINITY,
        cell: (level) => [edge(level), edge(level + 1)],
        levelOf: categorical
          ? (u) => Math.min(levels - 1, Math.max(0, Math.floor(u * levels)))
          : (u) => shape.levelOf(k, u),
      };
    });
    cache.set(shape, axes);
  }
  return axes;
}
