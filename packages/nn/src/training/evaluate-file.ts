import { LuthierError } from '@luthier/core';
import { toOnnx } from '../graph/onnx.ts';
import { input } from '../graph/ops/sources.ts';
import { simplify } from '../graph/simplify.ts';
import { sizeOf } from '../graph/tensor.ts';
import { addSums, finishMetric } from '../metrics/metric.ts';
import type { RuntimeTensor, Session } from '../runtime/contract.ts';
import { currentRuntime } from '../runtime/current.ts';
import { pause } from '../runtime/pause.ts';
import { dataFeeds, EVALUATION_BATCH, knobFeeds } from './evaluation.ts';
import { exportNames } from './export.ts';
import { judge, truthInputs } from './judge.ts';
import { type DataTables, sliceTables, type Table } from './tables.ts';
import type { Task } from './task.ts';
import { names } from './tensor-names.ts';

/** The mean loss and the sums of the metrics for given outputs, with the names of the scalars it wants. */
function judgeGraph(
  task: Task,
  rows: number,
): { readonly model: Uint8Array; readonly knobs: readonly string[]; readonly weighted: readonly string[] } {
  const values = task.plan.outputs.map(({ shape }, i) => input(names.output(i), 'float32', [rows, ...shape]));
  const truth = truthInputs(task, rows);
  const knobs = new Map<string, ReturnType<typeof input>>();
  const { loss, metrics, weighted } = judge(task, values, truth, (name) => {
    const node = knobs.get(name) ?? input(names.knob(name), 'float32', []);
    knobs.set(name, node);
    return node;
  });
  const inputs = [...values, ...truth.targets, ...truth.weights, ...knobs.values()];
  return {
    model: toOnnx(simplify({ inputs, outputs: { [names.loss]: loss, ...metrics } })),
    knobs: [...knobs.keys()],
    weighted,
  };
}

function join(parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

async function runFile(task: Task, session: Session, xs: readonly Table[]): Promise<readonly Float32Array[]> {
  const ports = exportNames(task.plan);
  const parts = ports.outputs.map((): Float32Array[] => []);
  const { rows } = xs[0]!;
  for (let start = 0; start < rows; start += EVALUATION_BATCH) {
    const batch = sliceTables(xs, start, Math.min(start + EVALUATION_BATCH, rows));
    const feeds = batch.map((table, i): [string, RuntimeTensor] => [
      ports.inputs[i]!,
      { dtype: 'float32', shape: [table.rows, ...table.sample], data: Float32Array.from(table.data) },
    ]);
    const found = await session.run(Object.fromEntries(feeds), ports.outputs);
    for (const [i, name] of ports.outputs.entries()) {
      const output = found[name];
      if (!(output?.data instanceof Float32Array)) {
        throw new LuthierError('LU_ONNX_OUTPUT', `the file has no float32 output called '${name}'`, {
          fix: 'Give a file that toOnnx wrote.',
        });
      }
      parts[i]!.push(output.data);
    }
    await pause();
  }
  return parts.map(join);
}

/** Runs an ONNX file over all rows and judges its outputs by the losses and metrics of a task. */
export async function evaluateFile(
  task: Task,
  file: Uint8Array,
  { xs, ys, ws }: DataTables,
  knobs: Readonly<Record<string, number>>,
): Promise<Readonly<Record<string, number>>> {
  const runtime = await currentRuntime();
  const session = await runtime.createSession(file);
  const { rows } = xs[0]!;
  let values: readonly Float32Array[];
  try {
    values = await runFile(task, session, xs);
  } finally {
    await session.release();
  }
  const feeds = values.map((data, i): [string, RuntimeTensor] => {
    const shape = [rows, ...task.plan.outputs[i]!.shape];
    if (data.length !== sizeOf(shape)) {
      throw new LuthierError(
        'LU_ONNX_OUTPUT',
        `the file gives ${data.length} numbers for ${rows} samples, the model ${sizeOf(shape)}`,
        { fix: 'Give a file of the same architecture.' },
      );
    }
    return [names.output(i), { dtype: 'float32', shape, data }];
  });
  const graph = judgeGraph(task, rows);
  const judgeSession = await runtime.createSession(graph.model);
  try {
    const metricNames = task.metrics.map(({ name }) => name);
    const results = await judgeSession.run(
      { ...Object.fromEntries(feeds), ...dataFeeds({ ys, ws }), ...knobFeeds(graph.knobs, knobs) },
      [names.loss, ...metricNames.map((name) => names.metric(name))],
    );
    return {
      loss: Number(results[names.loss]!.data[0]),
      ...Object.fromEntries(
        task.metrics.map((metric) => {
          const totals = addSums([], results[names.metric(metric.name)]!.data);
          return [metric.name, finishMetric(metric, totals, rows, graph.weighted.includes(metric.name))];
        }),
      ),
    };
  } finally {
    await judgeSession.release();
  }
}
