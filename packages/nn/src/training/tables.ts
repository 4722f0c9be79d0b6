import { LuthierError } from '@luthier/core';
import type { Samples, Tensor } from '../data/dataset.ts';
import { sizeOf } from '../graph/tensor.ts';
import { refuseUnknown } from '../layers/options.ts';
import type { RuntimeData, RuntimeTensor } from '../runtime/contract.ts';

/** Nested or flat arrays of numbers, or a tensor. */
export type TensorLike = Tensor | Tensor['data'] | readonly number[] | readonly NestedNumbers[];
/** Numbers in nested arrays of equal lengths. */
export type NestedNumbers = readonly number[] | readonly NestedNumbers[];

/** What a model takes or gives: one tensor, or several in the order of its inputs (outputs) or by their names. */
export type TensorsLike = TensorLike | readonly TensorLike[] | Readonly<Record<string, TensorLike>>;

/** Inputs and targets as `fit` takes them. */
export interface SamplesLike {
  readonly x: TensorsLike;
  readonly y: TensorsLike;
  /** How much each sample counts: [n], or [n, steps] for outputs with steps; for several outputs, one tensor each. Default 1. */
  readonly sampleWeight?: TensorsLike;
}

/** Samples in the types that compiled graphs read: bytes stay bytes, labels are int32, all else is float32. */
export interface Table {
  readonly dtype: 'float32' | 'uint8' | 'int32';
  readonly data: Float32Array | Uint8Array | Int32Array;
  readonly rows: number;
  /** Shape of one sample. */
  readonly sample: readonly number[];
  readonly rowSize: number;
}

/** Inputs, targets and weights of the same samples. */
export interface DataTables {
  /** One for every input of the model. */
  readonly xs: readonly Table[];
  /** One for every output of the model. */
  readonly ys: readonly Table[];
  /** One for every output of the model, or none where all samples count alike. */
  readonly ws: readonly Table[];
}

function isTensor(given: TensorsLike): given is Tensor {
  return (
    typeof given === 'object' &&
    given !== null &&
    !Array.isArray(given) &&
    !ArrayBuffer.isView(given) &&
    'data' in given &&
    'shape' in given
  );
}

/**
 * The tensors for every port of a model.
 *
 * Throws `LU_DATA_PORT` for a missing or unknown name or another number of tensors.
 */
export function perPort(where: string, ports: readonly string[], given: TensorsLike): readonly TensorLike[] {
  const isRecord =
    typeof given === 'object' &&
    given !== null &&
    !Array.isArray(given) &&
    !ArrayBuffer.isView(given) &&
    !isTensor(given);
  if (isRecord) {
    const byName = given as Readonly<Record<string, TensorLike>>;
    refuseUnknown('LU_DATA_PORT', where, byName, ports);
    return ports.map((name) => {
      if (byName[name] !== undefined) return byName[name];
      throw new LuthierError('LU_DATA_PORT', `${where} has nothing for '${name}'`, {
        fix: `Give a tensor for each of ${ports.join(', ')}.`,
        where,
      });
    });
  }
  if (ports.length === 1) return [given as TensorLike];
  if (Array.isArray(given) && given.length === ports.length) return given as readonly TensorLike[];
  throw new LuthierError(
    'LU_DATA_PORT',
    `${where} is one tensor, or not as many as the ${ports.length} wanted`,
    {
      fix: `Give { ${ports.join(', ')} }, or an array of ${ports.length} tensors in this order.`,
      where,
    },
  );
}

function nestedShape(where: string, given: readonly unknown[]): readonly number[] {
  const inner = given[0];
  if (!Array.isArray(inner)) return [given.length];
  const shape = nestedShape(where, inner);
  for (const [i, row] of given.entries()) {
    if (!Array.isArray(row) || nestedShape(where, row).join() !== shape.join()) {
      throw new LuthierError(
        'LU_DATA_SHAPE',
        `${where}: row ${i} has not the shape [${shape.join(', ')}] of row 0`,
        {
          fix: 'Give rows of equal shape.',
          where,
        },
      );
    }
  }
  return [given.length, ...shape];
}

function toTensor(where: string, given: TensorLike): Tensor {
  if (ArrayBuffer.isView(given)) return { data: given, shape: [given.length] };
  if (Array.isArray(given)) {
    const shape = nestedShape(where, given);
    return { data: Float64Array.from(given.flat(Number.POSITIVE_INFINITY) as number[]), shape };
  }
  if (typeof given === 'object' && given !== null && isTensor(given)) return given;
  throw new LuthierError('LU_DATA_TYPE', `${where} is neither a tensor nor an array of numbers`, {
    fix: 'Give { data, shape }, a typed array or nested arrays of numbers.',
    where,
  });
}

function requireShape(where: string, tensor: Tensor): void {
  const size = sizeOf(tensor.shape);
  if (tensor.shape.length === 0 || size !== tensor.data.length) {
    throw new LuthierError(
      'LU_DATA_SHAPE',
      `${where}: shape [${tensor.shape.join(', ')}] does not hold ${tensor.data.length} values`,
      { fix: 'Give a shape whose product is the number of values.', where },
    );
  }
  if (tensor.shape[0] === 0) {
    throw new LuthierError('LU_DATA_EMPTY', `${where} has no rows`, {
      fix: 'Give at least one sample.',
      where,
    });
  }
}

function requireFinite(where: string, data: Float32Array | Float64Array, rowSize: number): void {
  const position = data.findIndex((value) => !Number.isFinite(value));
  if (position === -1) return;
  throw new LuthierError(
    'LU_DATA_NAN',
    `${where}: row ${Math.floor(position / rowSize)}, column ${position % rowSize} is ${data[position]}`,
    { fix: 'Remove or fill in values that are not finite before training.', where },
  );
}

/** Numbers given in any accepted form as a tensor of their own type; throws for shapes that do not hold the values, and for NaN. */
export function readTensor(where: string, given: TensorLike): Tensor {
  const tensor = toTensor(where, given);
  requireShape(where, tensor);
  const { data, shape } = tensor;
  if (data instanceof Float32Array || data instanceof Float64Array) {
    requireFinite(where, data, sizeOf(shape.slice(1)));
  }
  return tensor;
}

/** Reads numbers given in any accepted form; throws for shapes that do not hold the values, and for NaN. */
export function toTable(where: string, given: TensorLike): Table {
  const tensor = readTensor(where, given);
  const [rows, ...sample] = tensor.shape;
  const rowSize = sizeOf(sample);
  const { data } = tensor;
  const base = { rows: rows!, sample, rowSize };
  if (data instanceof Uint8Array) return { ...base, dtype: 'uint8', data };
  if (data instanceof Float32Array) return { ...base, dtype: 'float32', data };
  if (data instanceof Int32Array) return { ...base, dtype: 'int32', data };
  return { ...base, dtype: 'float32', data: Float32Array.from(data as ArrayLike<number | bigint>, Number) };
}

/** Reads integer class labels of shape [n] or [n, 1]; throws for a label outside 0..classes-1 or not whole. */
export function toLabels(where: string, given: TensorLike, classes: number): Table {
  const tensor = toTensor(where, given);
  requireShape(where, tensor);
  const data = Int32Array.from(tensor.data as ArrayLike<number | bigint>, Number);
  for (let i = 0; i < data.length; i++) {
    const label = Number(tensor.data[i]);
    if (label === data[i] && label >= 0 && label < classes) continue;
    throw new LuthierError(
      'LU_DATA_LABEL',
      `${where}: the label of row ${i} is ${label}; the model gives ${classes} classes, 0 to ${classes - 1}`,
      { fix: `Give whole labels from 0, or a last layer with as many units as there are classes.`, where },
    );
  }
  return { dtype: 'int32', data, rows: tensor.shape[0]!, sample: [], rowSize: 1 };
}

/** Number of values of each row and whether they are whole: what decides how targets are read. */
export function describeTargets(where: string, given: TensorLike): { readonly sample: readonly number[] } {
  const tensor = toTensor(where, given);
  requireShape(where, tensor);
  return { sample: tensor.shape.slice(1) };
}

/** Some rows, in the order given. */
export function takeRows(table: Table, rows: ArrayLike<number>): Table {
  const { rowSize } = table;
  const data = new (table.data.constructor as new (length: number) => Table['data'])(rows.length * rowSize);
  for (let i = 0; i < rows.length; i++) {
    data.set(table.data.subarray(rows[i]! * rowSize, (rows[i]! + 1) * rowSize), i * rowSize);
  }
  return { ...table, data, rows: rows.length };
}

/** Rows from `start` up to `end`, sharing the memory. */
export function sliceRows(table: Table, start: number, end: number): Table {
  return {
    ...table,
    data: table.data.subarray(start * table.rowSize, end * table.rowSize),
    rows: end - start,
  };
}

/** Rows from `start` up to `end` of every table, sharing the memory. */
export function sliceTables(tables: readonly Table[], start: number, end: number): readonly Table[] {
  return tables.map((table) => sliceRows(table, start, end));
}

/** The same with each table changed in the same way. */
export function mapData<Data extends DataTables>(data: Data, change: (table: Table) => Table): Data {
  return { ...data, xs: data.xs.map(change), ys: data.ys.map(change), ws: data.ws.map(change) };
}

/** Samples from `start` up to `end`, sharing the memory. */
export function sliceData<Data extends DataTables>(data: Data, start: number, end: number): Data {
  return mapData(data, (table) => sliceRows(table, start, end));
}

/** A table as the runtime takes it. */
export function toRuntime(table: Table): RuntimeTensor {
  return { dtype: table.dtype, shape: [table.rows, ...table.sample], data: table.data as RuntimeData };
}

/** The two tensors of samples that are already records. */
export function isSamples(given: SamplesLike): given is Samples {
  return isTensor(given.x) && isTensor(given.y);
}
