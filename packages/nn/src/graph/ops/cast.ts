import { defineOp } from '../define-op.ts';
import type { DType, Node } from '../node.ts';
import { tabulate, wrap } from '../tensor.ts';
import { reshape } from './shape.ts';

/** The element types of ONNX `TensorProto.DataType`. */
export const ONNX_TYPES: Readonly<Record<DType, number>> = {
  float32: 1,
  uint8: 2,
  int32: 6,
  int64: 7,
  bool: 9,
  uint32: 12,
};

const createCast = defineOp({
  name: 'cast',
  isCheap: true,
  infer: ([x], { to }) => ({ dtype: to as DType, shape: x!.shape }),
  gradient: ({ inputs: [x] }, dy) => [x!.dtype === 'float32' ? dy : undefined],
  onnx: ({ dtype }, context) =>
    void context.emit('Cast', [context.input(0)], { to: { int: ONNX_TYPES[dtype] } }, [context.result()]),
  reference: (node, [x]) => {
    const whole = node.dtype !== 'float32' && node.dtype !== 'bool';
    return tabulate(node.dtype, node.shape, (i) =>
      wrap(node.dtype, whole ? Math.trunc(x!.data[i]!) : x!.data[i]!),
    );
  },
  simplify: ({ inputs: [x], dtype, shape }) =>
    x!.op === 'reshape' ? reshape(cast(x!.inputs[0]!, dtype), shape) : undefined,
});

/**
 * `x` as another element type; floats are truncated towards zero, `bool` becomes 0 or 1, a number is true unless 0.
 * A cast to the type it has is the node itself.
 */
export function cast(x: Node, dtype: DType): Node {
  return x.dtype === dtype ? x : createCast([x], { to: dtype });
}
