import { generator, randomKey } from '@luthier/core';
import { float, type Space, space } from '@luthier/search';
import { drawOf, SHAPES } from './bbob-functions.ts';
import { startingAnywhere, type Task } from './problem.ts';

/** The dimensions of the suite. */
export const DIMENSIONS = [2, 5, 10, 20] as const;

function box(dimension: number): Space {
  return space(Object.fromEntries(Array.from({ length: dimension }, (_, i) => [`x${i + 1}`, float(-5, 5)])));
}

/** The offset of an instance: a hundredfold quotient of two normal numbers, between -1000 and 1000, two decimals. */
function offset(first: number, second: number): number {
  return Math.min(1000, Math.max(-1000, Math.round((100 * 100 * first) / second) / 100));
}

/**
 * The 24 noiseless functions of BBOB (Hansen, Finck, Ros and Auger 2009, RR-6829) on [-5, 5]^D, function by function.
 *
 * The instances (optimum, offset, rotations, peaks) are drawn by our generator from function, dimension and seed: the family is that
 * of the report, the instances are not the numbered ones of COCO.
 */
export function bbobTasks(): readonly Task[] {
  return SHAPES.flatMap(([title, shape], index) =>
    DIMENSIONS.map((dimension): Task => {
      const name = `bbob/f${index + 1}-${title}/${dimension}d`;
      const names = Array.from({ length: dimension }, (_, i) => `x${i + 1}`);
      return {
        name,
        hasOptimum: true,
        problem: (seed) => {
          const random = generator(randomKey('bbob', index + 1, dimension, seed));
          const least = offset(random.normal(), random.normal());
          const { of } = shape(drawOf(dimension, random));
          return {
            space: startingAnywhere(box(dimension), name, seed),
            direction: 'minimize',
            evaluate: (params) => {
              const loss = of(names.map((key) => Number(params[key])));
              return { value: loss + least, loss };
            },
          };
        },
      };
    }),
  );
}
