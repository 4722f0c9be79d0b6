import { normalizeAxis } from '../axes.ts';
import { defineOp, FLOAT, requireTypes, type TensorType } from '../define-op.ts';
import type { Node } from '../node.ts';
import { around, type Tensor } from '../tensor.ts';
import { multiply, subtract } from './arithmetic.ts';
import { exp } from './elementwise.ts';
import { sum } from './reduce.ts';

/** Applies a function to every line of a tensor along an axis of a copy. */
function alongAxis(x: Tensor, axis: number, change: (line: Float64Array) => void): Tensor {
  const data = Float64Array.from(x.data);
  const { outer, length, inner } = around(x.shape, axis);
  const line = new Float64Array(length);
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      const start = o * length * inner + i;
      for (let j = 0; j < length; j++) line[j] = data[start + j * inner]!;
      change(line);
      for (let j = 0; j < length; j++) data[start + j * inner] = line[j]!;
    }
  }
  return { ...x, data };
}

/** log(sum(exp(line))), without overflow. */
function logSumExp(line: Float64Array): number {
  const largest = line.reduce((a, b) => Math.max(a, b), -Infinity);
  return largest + Math.log(line.reduce((total, value) => total + Math.exp(value - largest), 0));
}

function inferFloat(op: string, inputs: readonly Node[]): TensorType {
  requireTypes(op, inputs, FLOAT);
  return { dtype: 'float32', shape: inputs[0]!.shape };
}

const createSoftmax = defineOp({
  name: 'softmax',
  infer: (inputs) => inferFloat('softmax', inputs),
  gradient: (node, dy) => {
    const axis = node.attributes.axis as number;
    const weighted = multiply(dy, node);
    return [subtract(weighted, multiply(node, sum(weighted, axis, { keepDims: true })))];
  },
  onnx: ({ attributes }, context) =>
    void context.emit('Softmax', [context.input(0)], { axis: { int: attributes.axis as number } }, [
      context.result(),
    ]),
  reference: (node, [x]) =>
    alongAxis(x!, node.attributes.axis as number, (line) => {
      const total = logSumExp(line);
      for (const [i, value] of line.entries()) line[i] = Math.exp(value - total);
    }),
});

const createLogSoftmax = defineOp({
  name: 'logSoftmax',
  infer: (inputs) => inferFloat('logSoftmax', inputs),
  gradient: (node, dy) => {
    const axis = node.attributes.axis as number;
    return [subtract(dy, multiply(exp(node), sum(dy, axis, { keepDims: true })))];
  },
  onnx: ({ attributes }, context) =>
    void context.emit('LogSoftmax', [context.input(0)], { axis: { int: attributes.axis as number } }, [
      context.result(),
    ]),
  reference: (node, [x]) =>
    alongAxis(x!, node.attributes.axis as number, (line) => {
      const total = logSumExp(line);
      for (const [i, value] of line.entries()) line[i] = value - total;
    }),
});

/** `exp(x) / sum(exp(x))` along an axis (default: the last), without overflow. */
export function softmax(x: Node, axis = -1): Node {
  return createSoftmax([x], { axis: normalizeAxis('softmax', x, axis) });
}

/** `x - log(sum(exp(x)))` along an axis (default: the last): finite for all finite input. */
export function logSoftmax(x: Node, axis = -1): Node {
  return createLogSoftmax([x], { axis: normalizeAxis('logSoftmax', x, axis) });
}
