import { LuthierError } from '@luthier/core';
import { type Loss, type TargetForm, targetForm } from '../losses/loss.ts';
import { indexReader } from './index-reader.ts';
import type { ModelPlan, Port } from './plan.ts';
import { readSampleWeights } from './sample-weights.ts';
import {
  type DataTables,
  describeTargets,
  perPort,
  type SamplesLike,
  sliceData,
  type Table,
  type TensorLike,
  type TensorsLike,
  toLabels,
  toTable,
} from './tables.ts';

/** Inputs, targets and weights, checked against a model. */
export interface ReadSamples extends DataTables {
  readonly forms: readonly TargetForm[];
}

/** Where a tensor of several stands, as messages name it. */
function placeOf(where: string, ports: readonly Port[], port: Port): string {
  return ports.length === 1 ? where : `${where}.${port.name}`;
}

function requireEqualRows(what: string, tables: readonly (readonly [string, Table])[]): void {
  const [[firstName, first], ...rest] = tables as [readonly [string, Table], ...(readonly [string, Table])[]];
  for (const [name, { rows }] of rest) {
    if (rows === first.rows) continue;
    throw new LuthierError(
      'LU_DATA_LENGTH',
      `${what}: ${firstName} has ${first.rows} rows, ${name} has ${rows}`,
      { fix: 'Give one row for every sample in each.', where: what },
    );
  }
}

function requireWholeNumbers(plan: ModelPlan, port: Port, where: string, { data, rowSize }: Table): void {
  const reader = indexReader(plan, port.value);
  if (reader === undefined) return;
  const { layer, bounds } = reader;
  const [smallest, largest] = bounds;
  for (let i = 0; i < data.length; i++) {
    const value = data[i]!;
    if (Number.isInteger(value) && value >= smallest && value <= largest) continue;
    throw new LuthierError(
      'LU_DATA_INDEX',
      `${where}: row ${Math.floor(i / rowSize)} holds ${value}; ${layer.layer.kind} '${layer.name}' takes whole numbers from ${smallest} to ${largest}`,
      { fix: 'Encode the data as indices, or make inputDim larger than the largest.', where },
    );
  }
}

function readInput(plan: ModelPlan, port: Port, where: string, given: TensorLike): Table {
  const table = toTable(where, given);
  requireWholeNumbers(plan, port, where, table);
  if (table.sample.join() === port.shape.join()) return table;
  if (table.sample.length === 0 && port.shape.join() === '1') return { ...table, sample: port.shape };
  const user = plan.calls.find(({ inputs }) => inputs.includes(port.value));
  const taker = user === undefined ? port.source : `${user.layer.layer.kind} '${user.layer.name}'`;
  throw new LuthierError(
    'LU_DATA_SHAPE',
    `${where}: samples of shape [${table.sample.join(', ')}] do not fit ${taker}, which takes [${port.shape.join(', ')}]`,
    { fix: 'Reshape the data, or change the input shape of the model.', where },
  );
}

/** Reads inputs; throws for another shape than the model takes. An input of one number a sample also takes [n]. */
export function readInputs(plan: ModelPlan, where: string, given: TensorsLike): readonly Table[] {
  const tensors = perPort(
    where,
    plan.inputs.map(({ name }) => name),
    given,
  );
  const tables = plan.inputs.map((port, i) =>
    readInput(plan, port, placeOf(where, plan.inputs, port), tensors[i]!),
  );
  requireEqualRows(
    where,
    tables.map((table, i) => [plan.inputs[i]!.name, table]),
  );
  return tables;
}

function readTarget(
  port: Port,
  loss: Loss,
  where: string,
  given: TensorLike,
): { readonly form: TargetForm; readonly y: Table } {
  const { sample } = describeTargets(where, given);
  const form = targetForm(loss, where, sample, port.shape, port.source);
  if (form === 'labels') return { form, y: toLabels(where, given, port.shape.at(-1)!) };
  const table = toTable(where, given);
  const data = table.data instanceof Float32Array ? table.data : Float32Array.from(table.data);
  const [low, high] = loss.bounds ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  const outside = data.findIndex((value) => value < low || value > high);
  if (outside !== -1) {
    throw new LuthierError(
      'LU_DATA_TARGET',
      `${where}: row ${Math.floor(outside / table.rowSize)} holds ${data[outside]}; ${loss.name} takes ${low} to ${high}`,
      { fix: 'Scale the targets, or choose another loss.', where },
    );
  }
  return { form, y: { ...table, dtype: 'float32', data, sample: port.shape } };
}

/** Reads samples; throws for unequal lengths, wrong shapes, labels out of range and NaN. */
export function readSamples(
  plan: ModelPlan,
  losses: readonly Loss[],
  what: string,
  given: SamplesLike,
): ReadSamples {
  if (typeof given !== 'object' || given === null || given.x === undefined || given.y === undefined) {
    throw new LuthierError('LU_DATA_TYPE', `${what} has not both x and y`, {
      fix: 'Give { x, y }.',
      where: what,
    });
  }
  const xs = readInputs(plan, `${what} x`, given.x);
  const tensors = perPort(
    `${what} y`,
    plan.outputs.map(({ name }) => name),
    given.y,
  );
  const targets = plan.outputs.map((port, i) =>
    readTarget(port, losses[i]!, placeOf(`${what} y`, plan.outputs, port), tensors[i]!),
  );
  const ys = targets.map(({ y }) => y);
  requireEqualRows(what, [
    ['x', xs[0]!],
    ...ys.map((y, i) => [placeOf('y', plan.outputs, plan.outputs[i]!), y] as const),
  ]);
  const ws = readSampleWeights(plan, what, given.sampleWeight, xs[0]!.rows);
  return { xs, ys, ws, forms: targets.map(({ form }) => form) };
}

/** Keeps back the last fraction of samples, before any shuffling, as Keras does. */
export function splitValidation(
  samples: ReadSamples,
  fraction: number,
): { readonly train: ReadSamples; readonly validation: ReadSamples } {
  const { rows } = samples.xs[0]!;
  const cut = Math.floor(rows * (1 - fraction));
  if (cut === 0 || cut === rows) {
    throw new LuthierError(
      'LU_DATA_SPLIT',
      `validationSplit ${fraction} of ${rows} samples leaves ${cut} to train and ${rows - cut} to validate`,
      { fix: 'Choose a fraction that leaves samples on both sides.', where: 'validationSplit' },
    );
  }
  return {
    train: sliceData(samples, 0, cut),
    validation: sliceData(samples, cut, rows),
  };
}
