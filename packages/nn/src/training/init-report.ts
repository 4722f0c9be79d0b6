import { gradient } from '../graph/gradient.ts';
import type { Node } from '../graph/node.ts';
import { add } from '../graph/ops/arithmetic.ts';
import { cast } from '../graph/ops/cast.ts';
import { sqrt, square } from '../graph/ops/elementwise.ts';
import { mean } from '../graph/ops/reduce.ts';
import { reshape } from '../graph/ops/shape.ts';
import { concat } from '../graph/ops/slice.ts';
import { sizeOf } from '../graph/tensor.ts';
import type { NamedArrays } from './callback.ts';
import { borrowBatchProgram, dataFeeds, knobFeeds, weightFeeds } from './evaluation.ts';
import { judge, truthInputs } from './judge.ts';
import { type BatchGraph, evaluationPass } from './probe-graphs.ts';
import { type DataTables, sliceData } from './tables.ts';
import type { Task } from './task.ts';
import { textTable } from './text-table.ts';

/** How large signals and gradients are in one layer, as root mean squares. */
export interface LayerSpread {
  readonly layer: string;
  readonly kind: string;
  /** Of what the layer gives. */
  readonly activation: number;
  /** Of the gradient of the loss, penalties included, by the weights of the layer; absent where it has none to train. */
  readonly gradient?: number;
}

/** Samples that are looked at. */
const ROWS = 256;

function rootMeanSquare(parts: readonly Node[]): Node {
  const flat = parts.map((part) => reshape(part, [sizeOf(part.shape)]));
  return sqrt(mean(square(flat.length === 1 ? flat[0]! : concat(flat, 0))));
}

function activationName(call: number): string {
  return `activation/${call}`;
}

function gradientName(call: number): string {
  return `gradient/${call}`;
}

/** The spreads of one batch in evaluation mode, by call. */
function spreadGraph(task: Task, batch: number): BatchGraph {
  const { pass, trainable, inputs, knob, knobs } = evaluationPass(task, batch);
  const truth = truthInputs(task, batch);
  const { loss: dataLoss } = judge(task, pass.outputs, truth, knob, pass.masks);
  const loss = pass.penalty === undefined ? dataLoss : add(dataLoss, pass.penalty);
  const gradients = gradient(loss, trainable);
  const byPath = new Map(task.plan.trainable.map(({ path }, i) => [path, gradients[i]!] as const));
  const outputs: Record<string, Node> = {};
  for (const [i, { layer, occasion, outputs: values }] of task.plan.calls.entries()) {
    const value = pass.values.get(values[0]!)!;
    outputs[activationName(i)] = rootMeanSquare([value.dtype === 'float32' ? value : cast(value, 'float32')]);
    const own = layer.weights.flatMap(({ path }) => byPath.get(path) ?? []);
    if (occasion === 0 && own.length > 0) outputs[gradientName(i)] = rootMeanSquare(own);
  }
  return {
    graph: { inputs: [...inputs(), ...truth.targets, ...truth.weights], outputs },
    knobs: knobs(),
    outputs: Object.keys(outputs),
    weighted: [],
  };
}

/** Measures the spreads of all layers on the first samples. */
export async function measureSpreads(
  task: Task,
  weights: NamedArrays,
  knobs: Readonly<Record<string, number>>,
  data: DataTables,
): Promise<readonly LayerSpread[]> {
  const rows = Math.min(ROWS, data.xs[0]!.rows);
  const program = await borrowBatchProgram('spreads', task, rows, spreadGraph);
  try {
    const { description } = program;
    const results = await program.run(
      {
        ...weightFeeds(task, weights),
        ...knobFeeds(description.knobs, knobs),
        ...dataFeeds(sliceData(data, 0, rows)),
      },
      description.outputs,
    );
    const value = (name: string): number => Number(results[name]!.data[0]);
    return task.plan.calls.map(({ layer }, i) => ({
      layer: layer.name,
      kind: layer.layer.kind,
      activation: value(activationName(i)),
      ...(description.outputs.includes(gradientName(i)) ? { gradient: value(gradientName(i)) } : {}),
    }));
  } finally {
    program.giveBack();
  }
}

/**
 * What `model.initReport` measured, as text.
 *
 * @example
 * console.log(initReportTable(await model.initReport(train)));
 */
export function initReportTable(spreads: readonly LayerSpread[]): string {
  const short = (value: number): string => value.toPrecision(3);
  return textTable([
    ['layer', 'activation', 'gradient'],
    ...spreads.map(({ layer, kind, activation, gradient: slope }) => [
      `${layer} (${kind})`,
      short(activation),
      slope === undefined ? '' : short(slope),
    ]),
  ]);
}
