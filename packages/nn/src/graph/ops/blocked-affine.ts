import { defineOp } from '../define-op.ts';
import type { Node, Shape } from '../node.ts';
import { tabulate } from '../tensor.ts';
import { withEpilogue } from './blocked-conv.ts';
import { constantElements, isConstant } from './sources.ts';

/** Whether all elements are 1, written out or repeated. */
function isOnes(node: Node): boolean {
  if (node.op === 'broadcastTo') return isOnes(node.inputs[0]!);
  return isConstant(node) && Array.from(constantElements(node), Number).every((value) => value === 1);
}

const createBlockedAffine = defineOp({
  name: 'blockedAffine',
  infer: ([x]) => ({ dtype: 'float32', shape: x!.shape }),
  // A convolution of single pixels and channels: one pass, whatever it does.
  onnx: (node, context) => {
    const [, blocks, height, width, block] = node.shape as readonly [number, number, number, number, number];
    const channels = blocks * block;
    const view = (i: number, shape: Shape, outputs?: readonly string[]): string =>
      context.emit(
        'Reshape',
        [context.input(i), context.constant(shape, [shape.length], 'int64')],
        {},
        outputs,
      );
    const image = [-1, channels, height, width];
    const operands = [view(0, image), view(1, [channels, 1, 1, 1]), context.input(2)];
    if (node.inputs.length > 3) operands.push(view(3, image));
    const result = context.emit('com.microsoft.nchwc.Conv', operands, {
      kernel_shape: { ints: [1, 1] },
      group: { int: channels },
      activation: node.attributes.isRectified === true ? { string: 'Relu' } : undefined,
    });
    const shape = context.constant(node.shape.with(0, -1), [node.shape.length], 'int64');
    context.emit('Reshape', [result, shape], {}, [context.result()]);
  },
  reference: (node, [x, scale, shift, addend]) => {
    const [, blocks, height, width, block] = node.shape as readonly [number, number, number, number, number];
    return tabulate('float32', node.shape, (i) => {
      const channel = (Math.floor(i / (block * width * height)) % blocks) * block + (i % block);
      const value = x!.data[i]! * scale!.data[channel]! + shift!.data[channel]! + (addend?.data[i] ?? 0);
      return node.attributes.isRectified === true ? Math.max(value, 0) : value;
    });
  },
  simplify: (node, context) => {
    const [x, scale, shift, addend] = node.inputs as [Node, Node, Node, Node | undefined];
    const isPlain = x.op === 'blockedConv2d' && context.uses(x) <= 1 && addend === undefined;
    return isPlain && isOnes(scale)
      ? withEpilogue(x, shift, node.attributes.isRectified === true)
      : undefined;
  },
});

/**
 * `x * scale + shift + addend` of values in blocks of channels, with scale and shift [channels]; below 0 it is 0 when
 * `isRectified`.
 */
export function blockedAffine(
  x: Node,
  scale: Node,
  shift: Node,
  addend: Node | undefined,
  isRectified: boolean,
): Node {
  const inputs = addend === undefined ? [x, scale, shift] : [x, scale, shift, addend];
  return createBlockedAffine(inputs, { isRectified });
}
