import { LuthierError } from '@luthier/core';
import { type Architecture, fromArchitecture } from '../training/architecture.ts';
import { Model } from '../training/model.ts';
import { fromStored } from '../training/stored-weights.ts';
import { readNotes } from './onnx-notes.ts';

/**
 * The model that `toOnnx` wrote to a file, with its weights, to be compiled and trained on; optimizer states are not in
 * such a file (`saveModel` keeps them).
 *
 * Throws `LU_MODEL_FILE` for a file that is damaged, cut short or of other origin, `LU_MODEL_VERSION` for one of a newer
 * format, `LU_LAYER_UNKNOWN` for a kind of layer that is not registered here.
 *
 * @example
 * const model = importOnnx(await readFile('best.onnx')).compile({ optimizer: 'adam', loss: 'categoricalCrossentropy' });
 */
export function importOnnx(file: Uint8Array): Model {
  const { name, architecture, weights } = readNotes(file);
  const plan = fromArchitecture(architecture as unknown as Architecture);
  for (const { path, size } of plan.weights) {
    if (weights[path]?.length === size) continue;
    throw new LuthierError('LU_MODEL_FILE', `the ONNX file has no weight '${path}' of ${size} numbers`, {
      fix: 'Export the model again.',
      where: path,
    });
  }
  const model = Model.create(plan, { name });
  model.setWeights(fromStored(plan, weights));
  return model;
}
