import { expect, test } from 'vitest';
import { readTrace } from './trace.ts';

const kernel = (name: string, op: string, ts: number, dur: number, shapes: number[][] = [[]]): object => ({
  cat: 'Node',
  name: `${name}_kernel_time`,
  ts,
  dur,
  args: { op_name: op, input_type_shape: shapes.map((shape) => ({ float: shape })), output_type_shape: [] },
});
const call = (ts: number, dur: number): object => ({ cat: 'Session', name: 'model_run', ts, dur });

/** Two calls of a scan whose body has a scan of its own; ONNX Runtime writes an event when it ends. */
const trace = JSON.stringify([
  { cat: 'Session', name: 'session_initialization', ts: 0, dur: 90 },
  kernel('fused dense/gemm', 'Gemm', 102, 10, [[32, 784], [784, 512], []]),
  kernel('lstm/sigmoid', 'Sigmoid', 120, 4),
  kernel('lstm/sigmoid', 'Sigmoid', 125, 6),
  kernel('lstm/scan', 'Scan', 115, 20),
  { cat: 'Session', name: 'SequentialExecutor::Execute', ts: 101, dur: 38, args: {} },
  kernel('scan', 'Scan', 100, 40),
  call(100, 41),
  kernel('fused dense/gemm', 'Gemm', 202, 12),
  kernel('scan', 'Scan', 200, 20),
  call(200, 25),
]);

test('nodes of loops within loops are counted once, and the loops not at all', () => {
  const calls = readTrace(trace);
  expect(calls.map(({ kernels }) => kernels.map(({ node, microseconds }) => [node, microseconds]))).toEqual([
    [
      ['dense/gemm', 10],
      ['lstm/sigmoid', 4],
      ['lstm/sigmoid', 6],
    ],
    [['dense/gemm', 12]],
  ]);
});

test('a kernel has its kind and shapes', () => {
  expect(readTrace(trace)[0]!.kernels[0]).toMatchObject({
    op: 'Gemm',
    inputs: ['32x784', '784x512', 'scalar'],
    outputs: [],
  });
});

test('calls come in the order of time, whatever that of the file', () => {
  const reversed = JSON.stringify((JSON.parse(trace) as object[]).toReversed());
  expect(readTrace(reversed).map(({ kernels }) => kernels.length)).toEqual([3, 1]);
});
