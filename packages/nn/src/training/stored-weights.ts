import { didYouMean, LuthierError, randomKey } from '@luthier/core';
import { initialize } from '../initializers/initializer.ts';
import type { NamedArrays } from './callback.ts';
import type { ModelPlan } from './plan.ts';

function swapped(array: Float32Array, rows: number, columns: number): Float32Array {
  const result = new Float32Array(array.length);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++) result[j * rows + i] = array[i * columns + j]!;
  return result;
}

/** Copies of weights in their own shapes, in the order that graphs hold them. */
export function toStored(plan: ModelPlan, weights: NamedArrays): NamedArrays {
  return Object.fromEntries(
    plan.weights.map(({ path, shape: [rows, columns], isSwapped }) => {
      const array = weights[path]!;
      return [path, isSwapped === true ? swapped(array, rows!, columns!) : Float32Array.from(array)];
    }),
  );
}

/** Copies of weights as graphs hold them, in their own shapes. */
export function fromStored(plan: ModelPlan, weights: NamedArrays): NamedArrays {
  return Object.fromEntries(
    plan.weights.map(({ path, shape: [rows, columns], isSwapped }) => {
      const array = weights[path]!;
      return [path, isSwapped === true ? swapped(array, columns!, rows!) : array.slice()];
    }),
  );
}

/** The first values of all weights, in their own shapes: pure functions of seed and weight name. */
export function initialWeights(plan: ModelPlan, seed: number): NamedArrays {
  return Object.fromEntries(
    plan.weights.map(({ path, size, initializer, fans, adjust }) => {
      const values = initialize(initializer, size, fans, randomKey(seed, 'init', path));
      return [path, adjust === undefined ? values : adjust(values)];
    }),
  );
}

/** Throws `LU_MODEL_WEIGHTS` unless there is every weight of a plan in its size, and no other. */
export function requireWeights(model: string, plan: ModelPlan, weights: NamedArrays): void {
  const known = plan.weights.map(({ path }) => path);
  const unknown = Object.keys(weights).find((path) => !known.includes(path));
  if (unknown !== undefined) {
    throw new LuthierError(
      'LU_MODEL_WEIGHTS',
      `model '${model}' has no weight '${unknown}'${didYouMean(unknown, known) || '.'}`,
      { fix: `It has ${known.join(', ')}.`, where: unknown },
    );
  }
  for (const { path, size } of plan.weights) {
    const array = weights[path];
    if (array?.length !== size) {
      throw new LuthierError(
        'LU_MODEL_WEIGHTS',
        `Weight '${path}' takes ${size} numbers, not ${array === undefined ? 'none' : array.length}`,
        { fix: 'Give every weight of the model in its size.', where: path },
      );
    }
  }
}
