import { gradient } from '../graph/gradient.ts';
import type { Graph, Node } from '../graph/node.ts';
import { add, divide } from '../graph/ops/arithmetic.ts';
import { cast } from '../graph/ops/cast.ts';
import { equal } from '../graph/ops/compare.ts';
import { sqrt, square } from '../graph/ops/elementwise.ts';
import { max, sum } from '../graph/ops/reduce.ts';
import { input } from '../graph/ops/sources.ts';
import { type ForwardResult, forward, penaltyOrZero } from './forward.ts';
import { type Task, targetShape, targetType } from './task.ts';
import { names } from './train-graph.ts';

/** A graph of one batch with the names of the scalars it wants. */
export interface BatchGraph {
  readonly graph: Graph;
  readonly knobs: readonly string[];
  readonly outputs: readonly string[];
}

interface Pieces {
  readonly pass: ForwardResult;
  readonly weights: readonly Node[];
  readonly trainable: readonly Node[];
  readonly inputs: readonly Node[];
  readonly knobs: readonly string[];
}

/** The model in evaluation mode over a batch that is fed whole. */
function evaluationPass(task: Pick<Task, 'plan' | 'xType'>, batch: number): Pieces {
  const x = input(names.x, task.xType, [batch, ...task.plan.input]);
  const weights = new Map(
    task.plan.weights.map(
      ({ path, storedShape }) => [path, input(names.weight(path), 'float32', storedShape)] as const,
    ),
  );
  const knobs = new Map<string, Node>();
  const pass = forward(task.plan, {
    x,
    isTraining: false,
    weight: (path) => weights.get(path)!,
    knob: (name) => {
      const node = knobs.get(name) ?? input(names.knob(name), 'float32', []);
      knobs.set(name, node);
      return node;
    },
    randomKey: (layer) => {
      throw new Error(`layer '${layer}' asked for a random key in evaluation mode`);
    },
  });
  const values = [...weights.values()];
  const trainable = task.plan.trainable.map(({ path }) => weights.get(path)!);
  return {
    pass,
    weights: values,
    trainable,
    inputs: [x, ...values, ...knobs.values()],
    knobs: [...knobs.keys()],
  };
}

/** Loss, penalty and metrics of one batch in evaluation mode. */
export function evaluationGraph(task: Task, batch: number): BatchGraph {
  const { pass, inputs, knobs } = evaluationPass(task, batch);
  const target = input(names.y, targetType(task), targetShape(task, batch));
  const outputs: Record<string, Node> = {
    [names.loss]: task.loss.mean(pass.output, target, task.form),
    [names.penalty]: penaltyOrZero(pass),
  };
  for (const metric of task.metrics) {
    outputs[names.metric(metric.name)] = metric.sum(pass.output, target, task.form);
  }
  return { graph: { inputs: [...inputs, target], outputs }, knobs, outputs: Object.keys(outputs) };
}

/** The output of one batch in evaluation mode, as `output`. */
export function predictionGraph(task: Pick<Task, 'plan' | 'xType'>, batch: number): BatchGraph {
  const { pass, inputs, weights } = evaluationPass(task, batch);
  // The scalars of penalties are not needed for the output.
  const used = inputs.slice(0, 1 + weights.length);
  return { graph: { inputs: used, outputs: { output: pass.output } }, knobs: [], outputs: ['output'] };
}

function total(parts: readonly Node[]): Node | undefined {
  const [first, ...rest] = parts;
  return first === undefined ? undefined : rest.reduce((all, part) => add(all, part), first);
}

/** Health of a model on one batch in evaluation mode: `gradientNorm`, `weightNorm` and, where units can die, `deadUnits`. */
export function probeGraph(task: Task, batch: number): BatchGraph {
  const { pass, trainable, inputs, knobs } = evaluationPass(task, batch);
  const target = input(names.y, targetType(task), targetShape(task, batch));
  const dataLoss = task.loss.mean(pass.output, target, task.form);
  const loss = pass.penalty === undefined ? dataLoss : add(dataLoss, pass.penalty);
  const outputs: Record<string, Node> = {};
  const gradientSquares = total(gradient(loss, trainable).map((g) => sum(square(g))));
  const weightSquares = total(trainable.map((weight) => sum(square(weight))));
  if (gradientSquares !== undefined) outputs.gradientNorm = sqrt(gradientSquares);
  if (weightSquares !== undefined) outputs.weightNorm = sqrt(weightSquares);
  const dead = total(pass.watched.map((output) => sum(cast(equal(max(output, 0), 0), 'float32'))));
  const units = pass.watched.reduce(
    (count, { shape }) => count + shape.slice(1).reduce((a, b) => a * b, 1),
    0,
  );
  if (dead !== undefined) outputs.deadUnits = divide(dead, units);
  return { graph: { inputs: [...inputs, target], outputs }, knobs, outputs: Object.keys(outputs) };
}
