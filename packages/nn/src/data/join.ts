import { LuthierError } from '@luthier/core';
import { rowSize, type Samples, type Tensor, type TensorData } from './dataset.ts';

function joinTensors(what: string, first: Tensor, second: Tensor): Tensor {
  const isAlike =
    first.data.constructor === second.data.constructor &&
    first.shape.length === second.shape.length &&
    rowSize(first) === rowSize(second);
  if (!isAlike) {
    const shown = ({ data, shape }: Tensor): string => `${data.constructor.name} [${shape.join(', ')}]`;
    throw new LuthierError(
      'LU_DATA_SHAPE',
      `join: ${what} of both parts differ: ${shown(first)} and ${shown(second)}`,
      { fix: 'Give both parts the same element type and row shape.', where: what },
    );
  }
  const Storage = first.data.constructor as new (length: number) => TensorData;
  const data = new Storage(first.data.length + second.data.length);
  data.set(first.data);
  data.set(second.data, first.data.length);
  return { data, shape: [(first.shape[0] ?? 0) + (second.shape[0] ?? 0), ...first.shape.slice(1)] };
}

/**
 * The samples of two parts in one, copied: those of the second behind those of the first. Where one part has weights, the
 * samples of the other count 1.
 *
 * @throws LuthierError LU_DATA_SHAPE when element types or row shapes differ.
 *
 * @example
 * joinSamples(dataset.train, dataset.validation)
 */
export function joinSamples(first: Samples, second: Samples): Samples {
  const isWeighted = first.sampleWeight !== undefined || second.sampleWeight !== undefined;
  return {
    x: joinTensors('x', first.x, second.x),
    y: joinTensors('y', first.y, second.y),
    ...(isWeighted ? { sampleWeight: joinTensors('sampleWeight', weightsOf(first), weightsOf(second)) } : {}),
  };
}

/** The weights of samples in one type; where none were given each counts 1. */
function weightsOf({ sampleWeight, x }: Samples): Tensor {
  const count = x.shape[0] ?? 0;
  if (sampleWeight === undefined) return { data: new Float64Array(count).fill(1), shape: [count] };
  return { data: Float64Array.from(sampleWeight.data), shape: sampleWeight.shape };
}
