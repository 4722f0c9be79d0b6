import { sizeOf } from '../graph/tensor.ts';
import { FLOAT_BYTES, modelMemory } from '../training/memory.ts';
import type { Model } from '../training/model.ts';
import type { SamplesLike } from '../training/tables.ts';

/** Bytes that training takes. */
export interface MemoryEstimate {
  /** Weights, optimizer states and gradients: whatever the batch. */
  readonly fixed: number;
  /** Inputs, activations of every layer and their gradients, for one sample of a batch. */
  readonly perSample: number;
  /** The data themselves, which are kept whole. */
  readonly data: number;
}

/**
 * Memory of training a model, counted from its shapes: states once and once more for their new values, a gradient for each
 * trainable weight, and for each sample of a batch the outputs of all layers with their gradients.
 *
 * What the runtime adds (its own 50 MB or so, work space of convolutions, inner values of recurrent layers) is not counted.
 */
export function memoryEstimate(model: Model, data: SamplesLike): MemoryEstimate {
  const { task, samples } = model.inside(data);
  const { parameters, optimizer, activationsPerSample } = modelMemory(task.plan, task.optimizer);
  const gradients = FLOAT_BYTES * task.plan.trainable.reduce((sum, { size }) => sum + size, 0);
  const inputs = FLOAT_BYTES * task.plan.inputs.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  const tables = [...samples.xs, ...samples.ys, ...samples.ws];
  return {
    fixed: 2 * (parameters + optimizer) + gradients,
    perSample: inputs + 2 * activationsPerSample,
    data: tables.reduce((sum, table) => sum + table.data.byteLength, 0),
  };
}

/** Bytes with batches of `batchSize`. */
export function memoryOf({ fixed, perSample, data }: MemoryEstimate, batchSize: number): number {
  return fixed + data + batchSize * perSample;
}
