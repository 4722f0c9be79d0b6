import { LuthierError } from '@luthier/core';

/** The storage of a tensor: whole numbers stay whole (pixels as bytes, labels as integers). */
export type TensorData = Uint8Array | Int8Array | Int16Array | Int32Array | Float32Array | Float64Array;

/** Numbers in row-major order with the length of every axis; the first axis counts the samples. */
export interface Tensor {
  readonly data: TensorData;
  readonly shape: readonly number[];
}

/** Inputs and targets of the same samples, in the same order. */
export interface Samples {
  readonly x: Tensor;
  /** Integer class labels of shape [n] (or [n, 1]), one-hot rows [n, classes] or real targets [n, ...]. */
  readonly y: Tensor;
  /** How much each sample counts, [n]. Default: all alike. */
  readonly sampleWeight?: Tensor;
}

/** The parts of a data set: what is learned from, what decides, and what is looked at once. */
export interface Dataset {
  readonly name: string;
  readonly train: Samples;
  readonly validation?: Samples;
  readonly test?: Samples;
  /** The name of every class, in the order of the labels. */
  readonly classes?: readonly string[];
}

/**
 * The number of samples: the length of the first axis of the inputs.
 *
 * @example
 * sampleCount({ x: { data: new Uint8Array(6), shape: [3, 2] }, y: { data: new Uint8Array(3), shape: [3] } }) // 3
 */
export function sampleCount(samples: Samples): number {
  return samples.x.shape[0] ?? 0;
}

/** Samples with the same done to each of their tensors. */
export function mapSamples({ x, y, sampleWeight }: Samples, change: (tensor: Tensor) => Tensor): Samples {
  return {
    x: change(x),
    y: change(y),
    ...(sampleWeight === undefined ? {} : { sampleWeight: change(sampleWeight) }),
  };
}

/** Refuses inputs, targets and weights of different numbers of samples. */
export function requirePairs({ x, y, sampleWeight }: Samples, where: string): void {
  if (sampleWeight !== undefined && x.shape[0] !== sampleWeight.shape[0]) {
    throw new LuthierError(
      'LU_DATA_COUNT',
      `${where}: x has ${x.shape[0]} samples, sampleWeight has ${sampleWeight.shape[0]}`,
      { fix: 'Give exactly one weight for every sample, in the same order.', where },
    );
  }
  if (x.shape[0] === y.shape[0]) return;
  throw new LuthierError('LU_DATA_COUNT', `${where}: x has ${x.shape[0]} samples, y has ${y.shape[0]}`, {
    fix: 'Give exactly one target for every sample, in the same order.',
    where,
  });
}

/**
 * The number of values in one row of a tensor: the product of all axes but the first.
 *
 * @example
 * rowSize({ data: new Uint8Array(60 * 28 * 28), shape: [60, 28, 28] }) // 784
 */
export function rowSize(tensor: Tensor): number {
  return tensor.shape.slice(1).reduce((product, length) => product * length, 1);
}
