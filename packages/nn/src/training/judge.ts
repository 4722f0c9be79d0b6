import type { Node } from '../graph/node.ts';
import { add, multiply } from '../graph/ops/arithmetic.ts';
import { input } from '../graph/ops/sources.ts';
import { lossWeightKnob, type Task, targetShape, targetType } from './task.ts';
import { names } from './tensor-names.ts';

/** What a model's outputs are worth. */
export interface Judgement {
  /** Mean over the batch, summed over the outputs by their loss weights: a scalar. */
  readonly loss: Node;
  /** Sums of every metric over the batch, by its name in the graph. */
  readonly metrics: Readonly<Record<string, Node>>;
}

/** The targets of so many rows as inputs of a graph, one for every output of the model. */
export function targetInputs(task: Task, rows: number): readonly Node[] {
  return task.plan.outputs.map((_, i) => input(names.y(i), targetType(task, i), targetShape(task, i, rows)));
}

/** Loss and metrics of outputs, against their targets. */
export function judge(
  task: Task,
  outputs: readonly Node[],
  targets: readonly Node[],
  knob: (name: string) => Node,
): Judgement {
  const parts = task.losses.map((loss, i) => {
    const mean = loss.mean(outputs[i]!, targets[i]!, task.forms[i]!);
    return task.losses.length === 1 ? mean : multiply(knob(lossWeightKnob(task.plan.outputs[i]!.name)), mean);
  });
  const metrics = task.metrics.map((metric) => {
    const { output: i } = metric;
    return [names.metric(metric.name), metric.sum(outputs[i]!, targets[i]!, task.forms[i]!)] as const;
  });
  return { loss: parts.reduce((total, part) => add(total, part)), metrics: Object.fromEntries(metrics) };
}
