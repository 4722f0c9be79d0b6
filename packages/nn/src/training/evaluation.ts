import { encodeJson } from '@luthier/core';
import { sizeOf } from '../graph/tensor.ts';
import { addSums, finishMetric } from '../metrics/metric.ts';
import type { RuntimeTensor } from '../runtime/contract.ts';
import { pause } from '../runtime/pause.ts';
import type { NamedArrays } from './callback.ts';
import { type BatchGraph, evaluationGraph, predictionGraph } from './probe-graphs.ts';
import { borrowProgram, type Program } from './program-cache.ts';
import { type DataTables, sliceData, sliceTables, type Table, toRuntime } from './tables.ts';
import { type Task, taskKey } from './task.ts';
import { names } from './tensor-names.ts';

/** Rows of one call when nobody says; large enough for matrix products, small enough for a quick answer. */
export const EVALUATION_BATCH = 256;

/** The weights as feeds of a graph. */
export function weightFeeds(task: Pick<Task, 'plan'>, weights: NamedArrays): Record<string, RuntimeTensor> {
  return Object.fromEntries(
    task.plan.weights.map(({ path, storedShape }) => [
      names.weight(path),
      { dtype: 'float32', shape: storedShape, data: weights[path]! } as const,
    ]),
  );
}

/** A scalar as a feed. */
export function scalarFeed(value: number): RuntimeTensor {
  return { dtype: 'float32', shape: [], data: Float32Array.of(value) };
}

/** The wanted scalars as feeds. */
export function knobFeeds(
  wanted: readonly string[],
  knobs: Readonly<Record<string, number>>,
): Record<string, RuntimeTensor> {
  return Object.fromEntries(wanted.map((name) => [names.knob(name), scalarFeed(knobs[name]!)]));
}

/** Samples as feeds, as far as they are given. */
export function dataFeeds({ xs = [], ys = [], ws = [] }: Partial<DataTables>): Record<string, RuntimeTensor> {
  return Object.fromEntries([
    ...xs.map((table, i) => [names.x(i), toRuntime(table)] as const),
    ...ys.map((table, i) => [names.y(i), toRuntime(table)] as const),
    ...ws.map((table, i) => [names.sampleWeight(i), toRuntime(table)] as const),
  ]);
}

/** A batch graph compiled. */
export type BatchProgram<T extends BatchGraph = BatchGraph> = Program<T>;

/** Borrows the program of a batch graph. */
export function borrowBatchProgram<T extends BatchGraph>(
  what: string,
  task: Task,
  batch: number,
  build: (task: Task, batch: number) => T,
): Promise<BatchProgram<T>> {
  return borrowProgram(encodeJson([what, taskKey(task), batch]), () => build(task, batch));
}

/** Runs over all rows in batches; the last one may be shorter. */
async function eachBatch(
  what: string,
  task: Task,
  rows: number,
  batchSize: number,
  build: (task: Task, batch: number) => BatchGraph,
  use: (program: BatchProgram, start: number, end: number) => Promise<void>,
): Promise<void> {
  const batch = Math.min(batchSize, rows);
  const whole = Math.floor(rows / batch) * batch;
  for (const [from, to, size] of [
    [0, whole, batch],
    [whole, rows, rows - whole],
  ] as const) {
    if (size === 0) continue;
    const program = await borrowBatchProgram(what, task, size, build);
    try {
      for (let start = from; start < to; start += size) {
        await use(program, start, start + size);
        await pause();
      }
    } finally {
      program.giveBack();
    }
  }
}

/** What an evaluation measured. */
export interface Evaluation {
  /** Loss of the data plus penalty, as Keras reports it. */
  readonly loss: number;
  readonly dataLoss: number;
  readonly penalty: number;
  readonly metrics: Readonly<Record<string, number>>;
}

function first(tensor: RuntimeTensor): number {
  return Number(tensor.data[0]);
}

/** Loss and metrics of all rows in evaluation mode; batches are summed in float64, in order. */
export async function evaluateTables(
  task: Task,
  weights: NamedArrays,
  knobs: Readonly<Record<string, number>>,
  data: DataTables,
  batchSize: number = EVALUATION_BATCH,
): Promise<Evaluation> {
  let lossSum = 0;
  let penaltySum = 0;
  const totals = new Map<string, readonly number[]>(task.metrics.map(({ name }) => [name, []]));
  const fixed = weightFeeds(task, weights);
  const { rows } = data.xs[0]!;
  let weighted: readonly string[] = [];
  await eachBatch('evaluate', task, rows, batchSize, evaluationGraph, async (program, start, end) => {
    const results = await program.run(
      {
        ...fixed,
        ...knobFeeds(program.description.knobs, knobs),
        ...dataFeeds(sliceData(data, start, end)),
      },
      program.description.outputs,
    );
    ({ weighted } = program.description);
    lossSum += first(results[names.loss]!) * (end - start);
    penaltySum += first(results[names.penalty]!) * (end - start);
    for (const [name, sums] of totals) totals.set(name, addSums(sums, results[names.metric(name)]!.data));
  });
  const dataLoss = lossSum / rows;
  const penalty = penaltySum / rows;
  const metrics = Object.fromEntries(
    task.metrics.map((metric) => {
      const { name } = metric;
      return [name, finishMetric(metric, totals.get(name)!, rows, weighted.includes(name))];
    }),
  );
  return { loss: dataLoss + penalty, dataLoss, penalty, metrics };
}

/** The values of all outputs for all rows in evaluation mode. */
export async function predictTables(
  task: Task,
  weights: NamedArrays,
  xs: readonly Table[],
  batchSize: number = EVALUATION_BATCH,
): Promise<readonly Float32Array[]> {
  const { rows } = xs[0]!;
  const sizes = task.plan.outputs.map(({ shape }) => sizeOf(shape));
  const outputs = sizes.map((size) => new Float32Array(rows * size));
  const fixed = weightFeeds(task, weights);
  await eachBatch('predict', task, rows, batchSize, predictionGraph, async (program, start, end) => {
    const feeds = { ...fixed, ...dataFeeds({ xs: sliceTables(xs, start, end) }) };
    const found = await program.run(feeds, program.description.outputs);
    for (const [i, all] of outputs.entries()) {
      all.set(found[names.output(i)]!.data as Float32Array, start * sizes[i]!);
    }
  });
  return outputs;
}
