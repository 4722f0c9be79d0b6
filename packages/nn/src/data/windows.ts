import { LuthierError } from '@luthier/core';
import { ranges, refuseUnknown, requireNumber } from '../layers/options.ts';
import { readTensor, type TensorLike } from '../training/tables.ts';
import { rowSize, type Samples } from './dataset.ts';

/** How a series is cut into samples. */
export interface WindowOptions {
  /** Steps that the model sees. */
  readonly length: number;
  /** Steps to be predicted. Default 1. */
  readonly horizon?: number;
  /** Steps between the last one seen and the first one predicted, not counted themselves. Default 0. */
  readonly gap?: number;
  /** Steps from one window to the next. Default 1. */
  readonly stride?: number;
  /** The column to be predicted when a step has several values. Default 0. */
  readonly target?: number;
}

/**
 * Cuts a series into windows and what follows each: sample i sees the steps from `i * stride` on.
 *
 * A series of shape [t] gives x [n, length]; one of shape [t, features] gives x [n, length, features]. y has shape
 * [n, horizon]. `n = floor((t - length - gap - horizon) / stride) + 1`. Windows overlap: divide a series in time first
 * and cut the parts, or use `timeSeriesSplit` with a gap of `length + horizon - 1`.
 *
 * @throws LuthierError LU_DATA_OPTION, and LU_DATA_RANGE for a series shorter than one sample.
 *
 * @example
 * windows([1, 2, 3, 4, 5], { length: 3 }) // x [[1, 2, 3], [2, 3, 4]], y [[4], [5]]
 */
export function windows(series: TensorLike, options: WindowOptions): Samples {
  const where = 'windows';
  const code = 'LU_DATA_OPTION';
  refuseUnknown(code, where, options, ['length', 'horizon', 'gap', 'stride', 'target']);
  const length = requireNumber(code, where, 'length', options.length, ranges.count);
  const horizon = requireNumber(code, where, 'horizon', options.horizon ?? 1, ranges.count);
  const gap = requireNumber(code, where, 'gap', options.gap ?? 0, ranges.countFromZero);
  const stride = requireNumber(code, where, 'stride', options.stride ?? 1, ranges.count);
  const tensor = readTensor(where, series);
  const { data, shape } = tensor;
  const width = rowSize(tensor);
  const target = requireNumber(code, where, 'target', options.target ?? 0, {
    text: `the integers from 0 to ${width - 1}`,
    holds: (value) => Number.isInteger(value) && value >= 0 && value < width,
  });
  const steps = shape[0]!;
  const count = Math.floor((steps - length - gap - horizon) / stride) + 1;
  if (count < 1) {
    throw new LuthierError(
      'LU_DATA_RANGE',
      `${where}: a sample spans ${length + gap + horizon} steps, the series has ${steps}`,
      { fix: 'Give a longer series, or a smaller length, gap or horizon.', where },
    );
  }
  const Storage = data instanceof Float64Array ? Float64Array : Float32Array;
  const x = new Storage(count * length * width);
  const y = new Storage(count * horizon);
  for (let i = 0; i < count; i++) {
    const start = i * stride;
    x.set(data.subarray(start * width, (start + length) * width), i * length * width);
    for (let h = 0; h < horizon; h++) {
      y[i * horizon + h] = data[(start + length + gap + h) * width + target]!;
    }
  }
  return {
    x: { data: x, shape: [count, length, ...shape.slice(1)] },
    y: { data: y, shape: [count, horizon] },
  };
}
