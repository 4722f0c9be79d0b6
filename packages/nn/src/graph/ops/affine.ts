import { defineOp } from '../define-op.ts';
import type { Before } from '../lower.ts';
import type { Node } from '../node.ts';
import { sizeOf, tabulate } from '../tensor.ts';
import { reshape } from './shape.ts';

/** Elements from which on a pass saved is more than the cost of an operator with its two reshapes: 5 us native. */
const LARGE = 2 ** 15;

const createAffine = defineOp({
  name: 'affine',
  infer: ([x]) => ({ dtype: 'float32', shape: x!.shape }),
  // The runtime's batch normalization of one channel: with mean 0 and variance 1 it is x * scale + shift in one pass.
  onnx: (node, context) => {
    const view = (i: number, shape: readonly number[]): string =>
      context.emit('Reshape', [context.input(i), context.constant(shape, [shape.length], 'int64')]);
    const [mean, variance] = [0, 1].map((value) => context.constant([value], [1], 'float32'));
    const result = context.emit(
      'BatchNormalization',
      [view(0, [1, 1, sizeOf(node.shape)]), view(1, [1]), view(2, [1]), mean!, variance!],
      { epsilon: { float: 0 } },
    );
    const shape = context.constant(node.shape, [node.shape.length], 'int64');
    context.emit('Reshape', [result, shape], {}, [context.result()]);
  },
  reference: (node, [x, scale, shift]) =>
    tabulate('float32', node.shape, (i) => x!.data[i]! * scale!.data[0]! + shift!.data[0]!),
});

/** The operand of a node of two that is one number, and the other one. */
function withScalar(
  node: Node,
): { readonly x: Node; readonly number: Node; readonly at: number } | undefined {
  const at = node.inputs.findIndex(({ shape }) => sizeOf(shape) === 1);
  return at < 0 ? undefined : { x: node.inputs[1 - at]!, number: node.inputs[at]!, at: 1 - at };
}

/**
 * `x * scale + shift` of one number each as a single pass where x is large, rounded after either operation as before;
 * undefined for other nodes. Without gradient: it is put into graphs that are finished.
 */
export function asAffine(node: Node, before: Before): Node | undefined {
  if (node.op !== 'add' || node.dtype !== 'float32' || sizeOf(node.shape) < LARGE) return undefined;
  const sum = withScalar(node);
  if (sum?.x.op !== 'multiply' || before.uses(sum.at) > 1) return undefined;
  const product = withScalar(sum.x);
  if (product === undefined || sizeOf(product.x.shape) < LARGE) return undefined;
  return reshape(
    createAffine([product.x, reshape(product.number, [1]), reshape(sum.number, [1])]),
    node.shape,
  );
}
