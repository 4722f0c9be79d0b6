import { defineOp } from '../graph/define-op.ts';
import type { Shape } from '../graph/node.ts';
import { reshape } from '../graph/ops/shape.ts';
import { sizeOf } from '../graph/tensor.ts';
import { requireSampleShape } from './input.ts';
import { defineLayer, type Layer } from './layer.ts';
import { refuseUnknown } from './options.ts';

/** Each sample as one row. */
export interface FlattenLayer extends Layer {
  readonly kind: 'flatten';
}

/**
 * Reshapes each sample to one axis, in row-major order; the batch axis stays.
 *
 * @example
 * layers.flatten({ inputShape: [28, 28] }) // 784 values a sample
 */
export function flatten(options: { readonly inputShape?: Shape; readonly name?: string } = {}): FlattenLayer {
  refuseUnknown('LU_LAYER_OPTION', 'layer flatten', options, ['inputShape', 'name']);
  if (options.inputShape !== undefined) requireSampleShape('layer flatten', options.inputShape);
  return { kind: 'flatten', ...options };
}

/** A reshape that keeps the first axis whatever its extent, so that inference graphs take batches of any size. */
const flattenRows = defineOp({
  name: 'flattenRows',
  infer: ([x]) => ({ dtype: x!.dtype, shape: [x!.shape[0]!, sizeOf(x!.shape.slice(1))] }),
  gradient: ({ inputs: [x] }, dy) => [reshape(dy, x!.shape)],
  onnx: (_node, context) =>
    void context.emit('Flatten', [context.input(0)], { axis: { int: 1 } }, [context.result()]),
  reference: (node, [x]) => ({ dtype: node.dtype, shape: node.shape, data: x!.data }),
});

defineLayer<FlattenLayer>({
  kind: 'flatten',
  outputShape: (_layer, shape) => [sizeOf(shape)],
  structure: () => null,
  forward: (_layer, { input }) => flattenRows([input]),
});
