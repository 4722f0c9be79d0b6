import type { Node } from '../graph/node.ts';
import { add, multiply } from '../graph/ops/arithmetic.ts';
import { input } from '../graph/ops/sources.ts';
import { lossWeightKnob, type PlacedMetric, type Task, targetShape, targetType } from './task.ts';
import { names } from './tensor-names.ts';
import { type RowWeights, weightedLoss, weightedSums } from './weighted.ts';

/** What a model's outputs are worth. */
export interface Judgement {
  /** Mean over the batch, summed over the outputs by their loss weights: a scalar. */
  readonly loss: Node;
  /** Sums of every metric over the batch, by its name in the graph. */
  readonly metrics: Readonly<Record<string, Node>>;
  /** Names of the metrics whose last sum is the weight of all rows. */
  readonly weighted: readonly string[];
}

/** Outputs are judged against these. */
export interface Truth {
  /** One for every output of the model. */
  readonly targets: readonly Node[];
  /** One for every output of the model, or none. */
  readonly weights: readonly Node[];
}

/** Targets and weights of so many rows as inputs of a graph. */
export function truthInputs(task: Task, rows: number): Truth {
  return {
    targets: task.plan.outputs.map((_, i) =>
      input(names.y(i), targetType(task, i), targetShape(task, i, rows)),
    ),
    weights: task.weightShapes.map((shape, i) => input(names.sampleWeight(i), 'float32', [rows, ...shape])),
  };
}

/**
 * Loss and metrics of outputs, against their targets.
 *
 * Steps that are masked count nowhere; weights of samples count in losses and weighted metrics.
 */
export function judge(
  task: Task,
  outputs: readonly Node[],
  { targets, weights }: Truth,
  knob: (name: string) => Node,
  masks: readonly (Node | undefined)[] = [],
): Judgement {
  const rows = (i: number, isWeighted: boolean): RowWeights => ({
    weights: isWeighted ? weights[i] : undefined,
    mask: masks[i],
  });
  const losses = task.losses.map((loss, i) =>
    weightedLoss(loss, outputs[i]!, targets[i]!, task.forms[i]!, rows(i, true)),
  );
  const parts = losses.map((mean, i) =>
    losses.length === 1 ? mean : multiply(knob(lossWeightKnob(task.plan.outputs[i]!.name)), mean),
  );
  const hasWeights = ({ output, isWeighted, isLoss }: PlacedMetric): boolean =>
    !isLoss && (masks[output] !== undefined || (isWeighted && weights[output] !== undefined));
  const metrics = task.metrics.map((metric) => {
    const { output: i, isLoss, isWeighted } = metric;
    const sums = isLoss
      ? multiply(losses[i]!, outputs[i]!.shape[0]!)
      : weightedSums(metric, outputs[i]!, targets[i]!, task.forms[i]!, rows(i, isWeighted));
    return [names.metric(metric.name), sums] as const;
  });
  return {
    loss: parts.reduce((total, part) => add(total, part)),
    metrics: Object.fromEntries(metrics),
    weighted: task.metrics.filter(hasWeights).map(({ name }) => name),
  };
}
