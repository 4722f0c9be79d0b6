import { gradient } from '../graph/gradient.ts';
import type { Graph, Node } from '../graph/node.ts';
import { add, divide } from '../graph/ops/arithmetic.ts';
import { cast } from '../graph/ops/cast.ts';
import { equal } from '../graph/ops/compare.ts';
import { sqrt, square } from '../graph/ops/elementwise.ts';
import { max, sum } from '../graph/ops/reduce.ts';
import { input } from '../graph/ops/sources.ts';
import { type ForwardResult, forward, penaltyOrZero } from './forward.ts';
import { judge, truthInputs } from './judge.ts';
import type { Task } from './task.ts';
import { names } from './tensor-names.ts';

/** A graph of one batch with the names of the scalars it wants. */
export interface BatchGraph {
  readonly graph: Graph;
  readonly knobs: readonly string[];
  readonly outputs: readonly string[];
  /** Names of the metrics whose last sum is the weight of all rows. */
  readonly weighted: readonly string[];
}

/** A pass in evaluation mode with what its graph needs. */
export interface Pieces {
  readonly pass: ForwardResult;
  readonly weights: readonly Node[];
  readonly trainable: readonly Node[];
  /** All inputs but the targets, after whatever asked for scalars has done so. */
  readonly inputs: () => readonly Node[];
  readonly knob: (name: string) => Node;
  readonly knobs: () => readonly string[];
}

/** The model in evaluation mode over a batch that is fed whole. */
export function evaluationPass(task: Pick<Task, 'plan' | 'xTypes'>, batch: number): Pieces {
  const xs = task.plan.inputs.map(({ shape }, i) => input(names.x(i), task.xTypes[i]!, [batch, ...shape]));
  const weights = new Map(
    task.plan.weights.map(
      ({ path, storedShape }) => [path, input(names.weight(path), 'float32', storedShape)] as const,
    ),
  );
  const knobs = new Map<string, Node>();
  const knob = (name: string): Node => {
    const node = knobs.get(name) ?? input(names.knob(name), 'float32', []);
    knobs.set(name, node);
    return node;
  };
  const pass = forward(task.plan, {
    inputs: xs,
    isTraining: false,
    weight: (path) => weights.get(path)!,
    knob,
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
    inputs: () => [...xs, ...values, ...knobs.values()],
    knob,
    knobs: () => [...knobs.keys()],
  };
}

/** Loss, penalty and metrics of one batch in evaluation mode. */
export function evaluationGraph(task: Task, batch: number): BatchGraph {
  const { pass, inputs, knob, knobs } = evaluationPass(task, batch);
  const truth = truthInputs(task, batch);
  const { loss, metrics, weighted } = judge(task, pass.outputs, truth, knob, pass.masks);
  const outputs = { [names.loss]: loss, [names.penalty]: penaltyOrZero(pass), ...metrics };
  return {
    graph: { inputs: [...inputs(), ...truth.targets, ...truth.weights], outputs },
    knobs: knobs(),
    outputs: Object.keys(outputs),
    weighted,
  };
}

/** The outputs of one batch in evaluation mode, as `output/...`. */
export function predictionGraph(task: Pick<Task, 'plan' | 'xTypes'>, batch: number): BatchGraph {
  const { pass, inputs, weights } = evaluationPass(task, batch);
  const outputs = Object.fromEntries(pass.outputs.map((node, i) => [names.output(i), node]));
  // The scalars of penalties are not needed for the outputs.
  const used = inputs().slice(0, task.plan.inputs.length + weights.length);
  return { graph: { inputs: used, outputs }, knobs: [], outputs: Object.keys(outputs), weighted: [] };
}

function total(parts: readonly Node[]): Node | undefined {
  const [first, ...rest] = parts;
  return first === undefined ? undefined : rest.reduce((all, part) => add(all, part), first);
}

/** Health of a model on one batch in evaluation mode: `gradientNorm`, `weightNorm` and, where units can die, `deadUnits`. */
export function probeGraph(task: Task, batch: number): BatchGraph {
  const { pass, trainable, inputs, knob, knobs } = evaluationPass(task, batch);
  const truth = truthInputs(task, batch);
  const { loss: dataLoss } = judge(task, pass.outputs, truth, knob, pass.masks);
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
  return {
    graph: { inputs: [...inputs(), ...truth.targets, ...truth.weights], outputs },
    knobs: knobs(),
    outputs: Object.keys(outputs),
    weighted: [],
  };
}
