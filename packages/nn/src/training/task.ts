import type { Json } from '@luthier/core';
import type { Loss, TargetForm } from '../losses/loss.ts';
import type { Metric } from '../metrics/metric.ts';
import type { Optimizer } from '../optimizers/optimizer.ts';
import type { ModelPlan } from './plan.ts';
import type { DataTables } from './tables.ts';

/** A metric of one of a model's outputs, under the name that the history has. */
export interface PlacedMetric extends Metric {
  /** Which output, counted from 0. */
  readonly output: number;
  /** Whether weights of samples count. */
  readonly isWeighted: boolean;
  /** Whether it is the loss of its output. */
  readonly isLoss: boolean;
}

/** What a compiled model optimizes and measures. */
export interface Objective {
  readonly optimizer: Optimizer;
  /** One for every output. */
  readonly losses: readonly Loss[];
  /** How much each loss counts in their sum, by the name of its output; one that is not named counts 1. */
  readonly lossWeights: Readonly<Record<string, number>>;
  readonly metrics: readonly PlacedMetric[];
}

/** The scalar that weighs the loss of an output. */
export function lossWeightKnob(output: string): string {
  return `${output}.lossWeight`;
}

/** A plan with its objective and the form of its data: all that shapes a graph but the batch size. */
export interface Task extends Objective {
  readonly plan: ModelPlan;
  /** Number types of the inputs. */
  readonly xTypes: readonly ('float32' | 'uint8' | 'int32')[];
  /** How the targets of each output are given. */
  readonly forms: readonly TargetForm[];
  /** Shapes of the weights of one sample, one for every output; none where all samples count alike. */
  readonly weightShapes: readonly (readonly number[])[];
}

const identities = new WeakMap<object, number>();
let lastIdentity = 0;

/** A number for a function object, so that two losses of one name never share a program. */
function identity(object: object): number {
  const found = identities.get(object);
  if (found !== undefined) return found;
  lastIdentity += 1;
  identities.set(object, lastIdentity);
  return lastIdentity;
}

/** What tells a loss or metric from others of its name: its options, or else its function. */
function essence(structure: Json | undefined, compute: object): Json {
  return structure === undefined ? identity(compute) : { structure };
}

/** The part of a program's key that a task decides. */
export function taskKey(task: Task): Json {
  return [
    task.plan.structure,
    task.xTypes,
    task.forms,
    task.weightShapes,
    task.losses.map((loss) => [loss.name, essence(loss.structure, loss.mean)]),
    task.metrics.map((metric) => [
      metric.name,
      metric.output,
      metric.isWeighted,
      essence(metric.structure, metric.sum),
    ]),
  ];
}

/** A task for other data of the same forms. */
export function taskFor(task: Task, { xs, ws }: Pick<DataTables, 'xs' | 'ws'>): Task {
  return { ...task, xTypes: xs.map(({ dtype }) => dtype), weightShapes: ws.map(({ sample }) => sample) };
}

/** The task of a model over data. */
export function modelTask(
  plan: ModelPlan,
  objective: Objective,
  { xs, ws, forms }: Pick<DataTables, 'xs' | 'ws'> & Pick<Task, 'forms'>,
): Task {
  return taskFor({ ...objective, plan, xTypes: [], forms, weightShapes: [] }, { xs, ws });
}

/** Shape of the targets of an output for a batch. */
export function targetShape(task: Task, output: number, batch: number): readonly number[] {
  return task.forms[output] === 'labels' ? [batch] : [batch, ...task.plan.outputs[output]!.shape];
}

/** Element type of the targets of an output. */
export function targetType(task: Task, output: number): 'int32' | 'float32' {
  return task.forms[output] === 'labels' ? 'int32' : 'float32';
}

/** All scalars of a run by name, before anything moved them. */
function allKnobs({ plan, optimizer, lossWeights }: KnobSources): Record<string, number> {
  const weights =
    plan.outputs.length === 1
      ? []
      : plan.outputs.map(({ name }) => [lossWeightKnob(name), lossWeights[name] ?? 1] as const);
  return { ...plan.knobs, ...Object.fromEntries(weights), ...optimizer.knobs };
}

type KnobSources = Pick<Task, 'plan' | 'optimizer' | 'lossWeights'>;

/** All scalars as they are in a step, counted from 1: those that were moved, and those that a schedule gives. */
export function knobsInForce(
  sources: KnobSources,
  moved: Readonly<Record<string, number>>,
  step: number,
): Readonly<Record<string, number>> {
  return { ...allKnobs(sources), ...moved, ...sources.optimizer.scheduled?.(step) };
}
