import { expect, test } from 'vitest';
import { partOf } from './parts.ts';
import { nodePart, profilePart } from './profile-part.ts';
import { nodeTimes, opTimes } from './step-profile.ts';
import type { KernelRun } from './trace.ts';

const run = (node: string, op: string, microseconds: number): KernelRun => ({
  node,
  op,
  microseconds,
  inputs: ['2x3', '3x4'],
  outputs: ['2x4'],
});

/** Four steps in two calls; one product was interrupted by another program. */
const calls = [
  {
    kernels: [
      ...[100, 100, 9000].map((microseconds) => run('dense/gemm', 'Gemm', microseconds)),
      ...[50, 50, 50].map((microseconds) => run('update_of_dense.kernel/multiply', 'Mul', microseconds)),
      ...[20, 20, 20].map((microseconds) => run('rescaling/multiply', 'Mul', microseconds)),
    ],
  },
  {
    kernels: [
      run('dense/gemm', 'Gemm', 100),
      run('update_of_dense.kernel/multiply', 'Mul', 50),
      run('rescaling/multiply', 'Mul', 20),
      run('key', 'Cast', 2),
      run('constant', 'Shape', 2),
    ],
  },
];

test('times and runs are per step, the longest node first, an interruption left out', () => {
  expect(nodeTimes(calls, 4).map(({ node, ms, runs }) => [node, ms, runs])).toEqual([
    ['dense/gemm', 0.1, 1],
    ['update_of_dense.kernel/multiply', 0.05, 1],
    ['rescaling/multiply', 0.02, 1],
    ['key', 0.0005, 0.25],
    ['constant', 0.0005, 0.25],
  ]);
});

test('one kind of kernel is told apart by what it belongs to', () => {
  expect(opTimes(nodeTimes(calls, 4)).map(({ op, part }) => [op, part])).toEqual([
    ['Gemm', 'products'],
    ['Mul', 'update'],
    ['Mul', 'rest'],
    ['Cast', 'rest'],
    ['Shape', 'rest'],
  ]);
});

test('the last node of an update has the name of what it writes', () => {
  expect(partOf('Sub', 'scan/next/weight/dense1.kernel/next')).toBe('update');
  expect(partOf('Gemm', 'scan/next/slot/dense1.kernel/m/next')).toBe('products');
  expect(partOf('ReduceMean', 'scan/loss/next')).toBe('rest');
});

test('the report sets parts beside the floor, and tells what is between the kernels', () => {
  const nodes = nodeTimes(calls, 4);
  const text = profilePart({
    steps: 4,
    step: 0.2,
    floor: { products: 0.09, update: 0.02 },
    ops: opTimes(nodes),
  }).join('\n');
  expect(text).toContain('| products and convolutions | 0.100 | 50.0 % | 1 | 0.090 |');
  expect(text).toContain('| update of parameters and states | 0.050 | 25.0 % | 1 | 0.020 |');
  expect(text).toContain('| the rest | 0.021 | 10.5 % | 1.50 |  |');
  expect(text).toContain('| between the kernels | 0.029 | 14.5 % |  |  |');
  expect(text).toContain('| Mul | the rest | 0.020 | 10.0 % | 1 |');
  expect(text).toContain('| 2 others |  | 0.001 | 0.5 % | 0.50 |');
  expect(nodePart(nodes, 0.2, 1).join('\n')).toContain(
    '| dense/gemm | Gemm | 0.100 | 50.0 % | 1 | 2x3, 3x4 -> 2x4 |',
  );
});
