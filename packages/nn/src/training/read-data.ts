import { LuthierError } from '@luthier/core';
import { type Loss, type TargetForm, targetForm } from '../losses/loss.ts';
import type { ModelPlan } from './plan.ts';
import {
  describeTargets,
  type SamplesLike,
  sliceRows,
  type Table,
  type TensorLike,
  toLabels,
  toTable,
} from './tables.ts';

/** Inputs and targets, checked against a model. */
export interface ReadSamples {
  readonly x: Table;
  readonly y: Table;
  readonly form: TargetForm;
}

function lastLayer(plan: ModelPlan): string {
  const last = plan.layers.at(-1)!;
  return `${last.layer.kind} '${last.name}'`;
}

/** Reads inputs; throws for another shape than the model takes. A model of one number a sample also takes [n]. */
export function readInputs(plan: ModelPlan, where: string, given: TensorLike): Table {
  const table = toTable(where, given);
  if (table.sample.join() === plan.input.join()) return table;
  if (table.sample.length === 0 && plan.input.join() === '1') return { ...table, sample: plan.input };
  const first = plan.layers[0]!;
  throw new LuthierError(
    'LU_DATA_SHAPE',
    `${where}: samples of shape [${table.sample.join(', ')}] do not fit ${first.layer.kind} '${first.name}', which takes [${plan.input.join(', ')}]`,
    { fix: 'Reshape the data, or change the input shape of the model.', where },
  );
}

function readTargets(plan: ModelPlan, loss: Loss, where: string, given: TensorLike): Omit<ReadSamples, 'x'> {
  const { sample } = describeTargets(where, given);
  const form = targetForm(loss, where, sample, plan.output, lastLayer(plan));
  if (form === 'labels') return { form, y: toLabels(where, given, plan.output.at(-1)!) };
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
  return { form, y: { ...table, dtype: 'float32', data, sample: plan.output } };
}

/** Reads samples; throws for unequal lengths, wrong shapes, labels out of range and NaN. */
export function readSamples(plan: ModelPlan, loss: Loss, what: string, given: SamplesLike): ReadSamples {
  if (typeof given !== 'object' || given === null || given.x === undefined || given.y === undefined) {
    throw new LuthierError('LU_DATA_TYPE', `${what} has not both x and y`, {
      fix: 'Give { x, y }.',
      where: what,
    });
  }
  const x = readInputs(plan, `${what} x`, given.x);
  const targets = readTargets(plan, loss, `${what} y`, given.y);
  if (x.rows !== targets.y.rows) {
    throw new LuthierError('LU_DATA_LENGTH', `${what}: x has ${x.rows} rows, y has ${targets.y.rows}`, {
      fix: 'Give one target for every sample.',
      where: what,
    });
  }
  return { x, ...targets };
}

/** Keeps back the last fraction of samples, before any shuffling, as Keras does. */
export function splitValidation(
  samples: ReadSamples,
  fraction: number,
): { readonly train: ReadSamples; readonly validation: ReadSamples } {
  const { x, y } = samples;
  const cut = Math.floor(x.rows * (1 - fraction));
  if (cut === 0 || cut === x.rows) {
    throw new LuthierError(
      'LU_DATA_SPLIT',
      `validationSplit ${fraction} of ${x.rows} samples leaves ${cut} to train and ${x.rows - cut} to validate`,
      { fix: 'Choose a fraction that leaves samples on both sides.', where: 'validationSplit' },
    );
  }
  return {
    train: { ...samples, x: sliceRows(x, 0, cut), y: sliceRows(y, 0, cut) },
    validation: { ...samples, x: sliceRows(x, cut, x.rows), y: sliceRows(y, cut, y.rows) },
  };
}
