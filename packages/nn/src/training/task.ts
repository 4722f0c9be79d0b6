import type { Json } from '@luthier/core';
import type { Loss, TargetForm } from '../losses/loss.ts';
import type { Metric } from '../metrics/metric.ts';
import type { Optimizer } from '../optimizers/optimizer.ts';
import type { ModelPlan } from './plan.ts';

/** What a compiled model optimizes and measures. */
export interface Objective {
  readonly optimizer: Optimizer;
  readonly loss: Loss;
  readonly metrics: readonly Metric[];
}

/** A plan with its objective and the form of its data: all that shapes a graph but the batch size. */
export interface Task extends Objective {
  readonly plan: ModelPlan;
  readonly xType: 'float32' | 'uint8' | 'int32';
  readonly form: TargetForm;
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
    task.xType,
    task.form,
    [task.loss.name, essence(task.loss.structure, task.loss.mean)],
    task.metrics.map((metric) => [metric.name, essence(metric.structure, metric.sum)]),
  ];
}

/** Shape of the targets of a batch. */
export function targetShape(task: Task, batch: number): readonly number[] {
  return task.form === 'labels' ? [batch] : [batch, ...task.plan.output];
}

/** Element type of the targets. */
export function targetType(task: Task): 'int32' | 'float32' {
  return task.form === 'labels' ? 'int32' : 'float32';
}

/** All scalars of a run by name, before anything moved them. */
export function allKnobs(plan: ModelPlan, optimizer: Optimizer): Record<string, number> {
  return { ...plan.knobs, ...optimizer.knobs };
}

/** All scalars as they are in a step, counted from 1: those that were moved, and those that a schedule gives. */
export function knobsInForce(
  { plan, optimizer }: Pick<Task, 'plan' | 'optimizer'>,
  moved: Readonly<Record<string, number>>,
  step: number,
): Readonly<Record<string, number>> {
  return { ...allKnobs(plan, optimizer), ...moved, ...optimizer.scheduled?.(step) };
}
