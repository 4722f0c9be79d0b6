import { LuthierError } from '@luthier/core';
import { ranges, refuseUnknown, requireNumber } from '../layers/options.ts';
import { readTensor, type TensorLike } from '../training/tables.ts';
import { requirePairs, type Samples, type Tensor, type TensorData } from './dataset.ts';

/** Options of `collectSamples`. */
export interface CollectOptions {
  /** Reads no further than this many samples. Default all. */
  readonly limit?: number;
}

/** One sample of a stream; a number stands for a single value. */
export interface SampleLike {
  readonly x: TensorLike | number;
  readonly y: TensorLike | number;
}

const KIND = 'collectSamples';
const FIRST_ROWS = 256;

/**
 * Arrays, nested arrays, typed arrays or tensors as samples: what splits, folds and preparations take.
 *
 * Typed arrays and tensors are not copied. Flat arrays are one value a sample.
 *
 * @throws LuthierError LU_DATA_SHAPE (rows of unequal lengths), LU_DATA_COUNT, LU_DATA_EMPTY, LU_DATA_NAN, LU_DATA_TYPE.
 *
 * @example
 * createSamples({ x: [[1, 2], [3, 4], [5, 6]], y: [0, 1, 0] }) // x of shape [3, 2], y of shape [3]
 */
export function createSamples({ x, y }: { readonly x: TensorLike; readonly y: TensorLike }): Samples {
  const samples = { x: readTensor('x', x), y: readTensor('y', y) };
  requirePairs(samples, 'createSamples');
  return samples;
}

/** Values of equal shape, one after another in storage that doubles as it fills. */
interface Column {
  readonly add: (value: TensorLike | number, row: number) => void;
  readonly tensor: (rows: number) => Tensor;
}

function createColumn(side: 'x' | 'y'): Column {
  let data: TensorData | undefined;
  let shape: readonly number[] = [];
  let size = 1;
  return {
    add: (value, row) => {
      const where = `${KIND}: ${side} of sample ${row}`;
      const one: Tensor =
        typeof value === 'number'
          ? { ...readTensor(where, Float64Array.of(value)), shape: [] }
          : readTensor(where, value);
      if (data === undefined) {
        shape = one.shape;
        size = one.data.length;
        data = new (one.data.constructor as new (length: number) => TensorData)(FIRST_ROWS * size);
      }
      if (one.shape.join() !== shape.join() || one.data.constructor !== data.constructor) {
        throw new LuthierError(
          'LU_DATA_SHAPE',
          `${where} is ${one.data.constructor.name} of shape [${one.shape.join(', ')}], that of sample 0 was ${data.constructor.name} of [${shape.join(', ')}]`,
          { fix: 'Give every sample in the same shape and kind of array.', where: side },
        );
      }
      if ((row + 1) * size > data.length) {
        const grown = new (data.constructor as new (length: number) => TensorData)(2 * data.length);
        grown.set(data);
        data = grown;
      }
      data.set(one.data, row * size);
    },
    tensor: (rows) => ({ data: data!.slice(0, rows * size), shape: [rows, ...shape] }),
  };
}

/**
 * Samples that arrive one by one, such as lines of a file, rows of a database or a generator, gathered into tensors.
 *
 * Every item is one sample `{ x, y }` in the same shape and kind of array as the first; numbers and arrays are stored as
 * float64. A source that is cut off at `limit` is closed.
 *
 * @throws LuthierError LU_DATA_SHAPE (naming the sample), LU_DATA_EMPTY, LU_DATA_NAN, LU_DATA_OPTION.
 *
 * @example
 * async function* rows() {
 *   for await (const line of lines) yield { x: line.split(',').map(Number), y: Number(line.at(-1)) };
 * }
 * const samples = await collectSamples(rows(), { limit: 10_000 });
 */
export async function collectSamples(
  source: AsyncIterable<SampleLike> | Iterable<SampleLike>,
  options: CollectOptions = {},
): Promise<Samples> {
  refuseUnknown('LU_DATA_OPTION', KIND, options, ['limit']);
  const limit =
    options.limit === undefined
      ? Number.POSITIVE_INFINITY
      : requireNumber('LU_DATA_OPTION', KIND, 'limit', options.limit, ranges.count);
  const [x, y] = [createColumn('x'), createColumn('y')];
  let rows = 0;
  for await (const sample of source) {
    x.add(sample.x, rows);
    y.add(sample.y, rows);
    rows += 1;
    if (rows === limit) break;
  }
  if (rows > 0) return { x: x.tensor(rows), y: y.tensor(rows) };
  throw new LuthierError('LU_DATA_EMPTY', `${KIND}: the source gave no samples`, {
    fix: 'Give at least one sample; an iterator that was read before is empty.',
    where: KIND,
  });
}
