import { LuthierError } from '@luthier/core';
import type { Node } from '../graph/node.ts';
import { toOnnx } from '../graph/onnx.ts';
import { input } from '../graph/ops/sources.ts';
import { simplify } from '../graph/simplify.ts';
import { addSums, finishMetric } from '../metrics/metric.ts';
import type { RuntimeTensor, Session } from '../runtime/contract.ts';
import { currentRuntime } from '../runtime/current.ts';
import { pause } from '../runtime/pause.ts';
import { EVALUATION_BATCH } from './evaluation.ts';
import { sliceRows, type Table, toRuntime } from './tables.ts';
import { type Task, targetShape, targetType } from './task.ts';
import { names } from './train-graph.ts';

function size(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

/** The mean loss and the sums of the metrics for given outputs. */
function judgeGraph(task: Task, rows: number): Uint8Array {
  const output = input('output', 'float32', [rows, ...task.plan.output]);
  const target = input(names.y, targetType(task), targetShape(task, rows));
  const outputs: Record<string, Node> = { [names.loss]: task.loss.mean(output, target, task.form) };
  for (const metric of task.metrics) {
    outputs[names.metric(metric.name)] = metric.sum(output, target, task.form);
  }
  return toOnnx(simplify({ inputs: [output, target], outputs }));
}

async function runFile(session: Session, x: Table): Promise<Float32Array> {
  const outputs: Float32Array[] = [];
  for (let start = 0; start < x.rows; start += EVALUATION_BATCH) {
    const rows = sliceRows(x, start, Math.min(start + EVALUATION_BATCH, x.rows));
    const feed: RuntimeTensor = {
      dtype: 'float32',
      shape: [rows.rows, ...rows.sample],
      data: Float32Array.from(rows.data),
    };
    const { output } = await session.run({ input: feed }, ['output']);
    if (!(output?.data instanceof Float32Array)) {
      throw new LuthierError('LU_ONNX_OUTPUT', "the file has no float32 output called 'output'", {
        fix: 'Give a file that toOnnx wrote.',
      });
    }
    outputs.push(output.data);
    await pause();
  }
  const all = new Float32Array(outputs.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of outputs) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Runs an ONNX file over all rows and judges its outputs by the loss and metrics of a task. */
export async function evaluateFile(
  task: Task,
  file: Uint8Array,
  x: Table,
  y: Table,
): Promise<Readonly<Record<string, number>>> {
  const runtime = await currentRuntime();
  const session = await runtime.createSession(file);
  let data: Float32Array;
  try {
    data = await runFile(session, x);
  } finally {
    await session.release();
  }
  const shape = [x.rows, ...task.plan.output];
  if (data.length !== size(shape)) {
    throw new LuthierError(
      'LU_ONNX_OUTPUT',
      `the file gives ${data.length} numbers for ${x.rows} samples, the model ${size(shape)}`,
      { fix: 'Give a file of the same architecture.' },
    );
  }
  const judge = await runtime.createSession(judgeGraph(task, x.rows));
  try {
    const metricNames = task.metrics.map(({ name }) => name);
    const results = await judge.run({ output: { dtype: 'float32', shape, data }, [names.y]: toRuntime(y) }, [
      names.loss,
      ...metricNames.map((name) => names.metric(name)),
    ]);
    return {
      loss: Number(results[names.loss]!.data[0]),
      ...Object.fromEntries(
        task.metrics.map((metric) => {
          const totals = addSums([], results[names.metric(metric.name)]!.data);
          return [metric.name, finishMetric(metric, totals, x.rows)];
        }),
      ),
    };
  } finally {
    await judge.release();
  }
}
