import { LuthierError } from '@luthier/core';
import type { TargetForm } from '../losses/loss.ts';
import type { ModelPlan, Port } from './plan.ts';
import { perPort, type Table, type TensorsLike, toTable } from './tables.ts';

/** How much each class counts: by label, or `balanced` for `samples / (classes * samples of the class)`. */
export type ClassWeight = 'balanced' | readonly number[] | Readonly<Record<number, number>>;

function refuse(where: string, what: string, fix: string): never {
  throw new LuthierError('LU_DATA_WEIGHT', `${where}${what}`, { fix, where });
}

function readWeights(where: string, given: TensorsLike, port: Port, rows: number): Table {
  const table = toTable(where, given as Parameters<typeof toTable>[1]);
  const { sample } = table;
  const isSingle = sample.length === 1 && sample[0] === 1 && port.shape[0] !== 1;
  const own = isSingle ? [] : sample;
  if (own.length > port.shape.length || own.some((extent, axis) => extent !== port.shape[axis])) {
    refuse(
      where,
      `: weights of shape [n, ${sample.join(', ')}] do not fit the output [n, ${port.shape.join(', ')}]`,
      'Give one weight a sample, [n], or one for each of the first axes of the output.',
    );
  }
  if (table.rows !== rows) {
    refuse(where, ` has ${table.rows} rows for ${rows} samples`, 'Give one weight for every sample.');
  }
  const data = Float32Array.from(table.data);
  const negative = data.findIndex((weight) => weight < 0);
  if (negative !== -1) {
    const row = Math.floor(negative / table.rowSize);
    refuse(where, `: the weight of row ${row} is ${data[negative]}`, 'Give weights from 0.');
  }
  if (data.every((weight) => weight === 0)) refuse(where, ': all weights are 0', 'Give one above 0.');
  return { ...table, dtype: 'float32', data, sample: own };
}

/** Reads the weights of samples, one table for every output; none were given: no tables. */
export function readSampleWeights(
  plan: ModelPlan,
  what: string,
  given: TensorsLike | undefined,
  rows: number,
): readonly Table[] {
  if (given === undefined) return [];
  const where = `${what} sampleWeight`;
  const tensors = perPort(
    where,
    plan.outputs.map(({ name }) => name),
    given,
  );
  return plan.outputs.map((port, i) => readWeights(where, tensors[i]!, port, rows));
}

/** The class of every row: its label, the largest of a one-hot row, or 0 and 1 of a single output. */
function classesOf(y: Table, form: TargetForm): Int32Array {
  const { data, rows, rowSize } = y;
  return Int32Array.from({ length: rows }, (_, row) => {
    if (form === 'labels' || rowSize === 1) return data[row]!;
    let best = 0;
    for (let i = 1; i < rowSize; i++) {
      if (data[row * rowSize + i]! > data[row * rowSize + best]!) best = i;
    }
    return best;
  });
}

function balanced(classes: Int32Array): ReadonlyMap<number, number> {
  const counts = new Map<number, number>();
  for (const label of classes) counts.set(label, (counts.get(label) ?? 0) + 1);
  return new Map([...counts].map(([label, count]) => [label, classes.length / (counts.size * count)]));
}

function readClassWeight(
  given: Exclude<ClassWeight, 'balanced'>,
  count: number,
): ReadonlyMap<number, number> {
  const where = 'classWeight';
  return new Map(
    Object.entries(given).map(([name, weight]): [number, number] => {
      const label = Number(name);
      if (!Number.isInteger(label) || label < 0 || label >= count) {
        refuse(where, ` names the class ${name} of ${count} classes`, `Name classes from 0 to ${count - 1}.`);
      }
      if (typeof weight !== 'number' || !Number.isFinite(weight) || weight < 0) {
        refuse(where, `: the weight of class ${name} is ${String(weight)}`, 'Give finite weights from 0.');
      }
      return [label, weight];
    }),
  );
}

/**
 * Weights of samples times those of their classes; a class that is not named counts 1.
 *
 * Throws `LU_DATA_WEIGHT` for several outputs, targets that are no classes, unknown classes and bad weights.
 */
export function withClassWeight<
  Data extends {
    readonly ys: readonly Table[];
    readonly ws: readonly Table[];
    readonly forms: readonly TargetForm[];
  },
>(plan: ModelPlan, data: Data, given: ClassWeight | undefined): Data {
  if (given === undefined) return data;
  const where = 'classWeight';
  const [y] = data.ys as readonly [Table];
  const [form] = data.forms as readonly [TargetForm];
  const { shape } = plan.outputs[0]!;
  if (plan.outputs.length > 1 || shape.length > 1) {
    refuse(where, ' takes a model with one output of one axis', 'Give sampleWeight instead.');
  }
  if (given !== 'balanced' && (typeof given !== 'object' || given === null)) {
    refuse(where, ` is ${String(given)}`, "Give 'balanced' or a weight for each class.");
  }
  const width = shape[0] ?? 1;
  const classes = classesOf(y, form);
  const count = width === 1 ? 2 : width;
  if (form === 'values' && y.data.some((value) => value !== 0 && value !== 1)) {
    refuse(where, ': targets are no classes', 'Give labels or one-hot rows, or sampleWeight instead.');
  }
  const weights = given === 'balanced' ? balanced(classes) : readClassWeight(given, count);
  const [own] = data.ws;
  const table: Table = own ?? {
    dtype: 'float32',
    data: new Float32Array(y.rows).fill(1),
    rows: y.rows,
    sample: [],
    rowSize: 1,
  };
  const weighed = Float32Array.from(table.data, (weight, i) => {
    const label = classes[Math.floor(i / table.rowSize)]!;
    return weight * (weights.get(label) ?? 1);
  });
  if (weighed.every((weight) => weight === 0)) refuse(where, ': all samples count 0', 'Give one above 0.');
  return { ...data, ws: [{ ...table, data: weighed }] };
}
