import type { Layer } from '../layers/layer.ts';
import { refuseUnknown } from '../layers/options.ts';
import { Model, type ModelOptions } from './model.ts';
import { planModel } from './plan.ts';

/**
 * A model of layers in a row.
 *
 * Throws, naming the layers, when the first does not say its input shape or two do not fit.
 *
 * @example
 * sequential([
 *   layers.input({ shape: [784] }),
 *   layers.dense({ units: 512, activation: 'relu' }),
 *   layers.dense({ units: 10, activation: 'softmax' }),
 * ]).countParams() // 407050
 */
export function sequential(layers: readonly Layer[], options: ModelOptions = {}): Model {
  refuseUnknown('LU_MODEL_OPTION', 'sequential', options, ['name', 'seed']);
  return new Model(planModel(layers), options);
}
