import { defineOp, FLOAT, INTEGER, requireTypes } from '../define-op.ts';
import { shapeError } from '../errors.ts';
import type { Node } from '../node.ts';
import { isSameShape, tabulate } from '../tensor.ts';
import { multiply, subtract } from './arithmetic.ts';
import { exp, negate } from './elementwise.ts';
import { oneHot } from './gather.ts';
import { sum } from './reduce.ts';
import { reshape } from './shape.ts';
import { logSoftmax } from './softmax.ts';

/*
 * The log-probabilities are an input beside the logits, so that the loss and its gradient share them (p = exp of
 * them). All gradient of the logits flows to the logits directly: p - y, times that of the loss.
 */
const createCrossEntropy = defineOp({
  name: 'softmaxCrossEntropy',
  infer: (inputs) => {
    requireTypes('softmaxCrossEntropy', inputs, FLOAT);
    const [logits, , targets] = inputs as [Node, Node, Node];
    if (logits.shape.length === 0 || !isSameShape(logits.shape, targets.shape)) {
      const fix = 'Give one target probability per logit.';
      throw shapeError('softmaxCrossEntropy', 'logits and targets differ', [logits, targets], fix);
    }
    return { dtype: 'float32', shape: logits.shape.slice(0, -1) };
  },
  gradient: ({ inputs, attributes }, dy) => {
    const [, logProbabilities, targets] = inputs as [Node, Node, Node];
    const columns = reshape(dy, [...dy.shape, 1]);
    const p = exp(logProbabilities);
    const expected = attributes.isOneHot === true ? p : multiply(p, sum(targets, -1, { keepDims: true }));
    return [
      multiply(subtract(expected, targets), columns),
      undefined,
      multiply(negate(logProbabilities), columns),
    ];
  },
  onnx: ({ inputs: [logits] }, context) => {
    const product = context.emit('Mul', [context.input(1), context.input(2)]);
    const last = context.constant([logits!.shape.length - 1], [1], 'int64');
    const total = context.emit('ReduceSum', [product, last], { keepdims: { int: 0 } });
    context.emit('Neg', [total], {}, [context.result()]);
  },
  reference: (node, [, logProbabilities, targets]) => {
    const classes = targets!.shape.at(-1)!;
    return tabulate('float32', node.shape, (row) => {
      let loss = 0;
      for (let i = row * classes; i < (row + 1) * classes; i++) {
        loss -= targets!.data[i]! * logProbabilities!.data[i]!;
      }
      return loss;
    });
  },
});

/**
 * Cross-entropy of target probabilities `[..., classes]` and the softmax of logits, one loss per sample.
 *
 * `loss = -sum(y * logSoftmax(logits))`, gradient `p * sum(y) - y`. Finite for all finite logits: there is no log(0).
 */
export function softmaxCrossEntropy(logits: Node, targets: Node): Node {
  return createCrossEntropy([logits, logSoftmax(logits), targets], { isOneHot: false });
}

/**
 * Cross-entropy of whole-number labels `[...]` and the softmax of logits `[..., classes]`, one loss per sample.
 *
 * `loss = -logSoftmax(logits)[label]`, gradient `p - y`. Labels must lie in 0 to classes - 1; that is not checked
 * while running.
 */
export function sparseSoftmaxCrossEntropy(logits: Node, labels: Node): Node {
  requireTypes('sparseSoftmaxCrossEntropy', [labels], INTEGER);
  if (logits.shape.length === 0 || !isSameShape(logits.shape.slice(0, -1), labels.shape)) {
    const fix = 'Give one label per row of logits.';
    throw shapeError('sparseSoftmaxCrossEntropy', 'logits and labels differ', [logits, labels], fix);
  }
  const targets = oneHot(labels, logits.shape.at(-1)!);
  return createCrossEntropy([logits, logSoftmax(logits), targets], { isOneHot: true });
}
