import type { LayerLike } from '../layers/layer.ts';
import { refuseUnknown } from '../layers/options.ts';
import { Model, type ModelOptions } from './model.ts';
import { planModel } from './plan.ts';

/**
 * A model of layers, or whole models, in a row. A model keeps its weights as its own: training the row trains it.
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
export function sequential(layers: readonly LayerLike[], options: ModelOptions = {}): Model {
  refuseUnknown('LU_MODEL_OPTION', 'sequential', options, ['name', 'seed']);
  return Model.create(planModel(layers), options);
}
