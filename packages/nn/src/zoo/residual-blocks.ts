import { layers } from '../layers/layers.ts';
import type { Regularizer } from '../regularizers/regularizer.ts';
import { call, type SymbolicTensor } from '../training/symbolic.ts';

/** What one residual block is made of. */
export interface BlockOptions {
  readonly filters: number;
  /** Rows and columns between outputs. Default 1. */
  readonly stride?: number;
  /** Whether the shortcut has a convolution of its own. */
  readonly isProjected: boolean;
  /** Before the names of all layers. */
  readonly name: string;
  /** Of every kernel. Default none. */
  readonly kernelRegularizer?: Regularizer;
}

/** A chain of layers after a tensor. */
type Chain = (x: SymbolicTensor) => SymbolicTensor;

/** Epsilon of the batch normalizations of Keras' residual networks. */
const EPSILON = 1.001e-5;

/** Normalization and relu, the names of which end in `_bn` and `_relu`. */
export function normalized(name: string, epsilon: number = EPSILON): Chain {
  return (x) =>
    call(layers.activation({ activation: 'relu', name: `${name}_relu` }), onlyNormalized(name, epsilon)(x));
}

function onlyNormalized(name: string, epsilon = EPSILON): Chain {
  return (x) => call(layers.batchNormalization({ epsilon, name: `${name}_bn` }), x);
}

interface ConvOptions {
  readonly kernelSize?: number;
  readonly strides?: number;
  readonly padding?: 'same' | 'valid';
  readonly groups?: number;
  readonly useBias?: boolean;
}

function conv(block: BlockOptions, part: string, filters: number, options: ConvOptions = {}): Chain {
  const { kernelRegularizer, name } = block;
  const layer = layers.conv2d({
    filters,
    kernelSize: 1,
    name: `${name}_${part}_conv`,
    ...options,
    ...(kernelRegularizer === undefined ? {} : { kernelRegularizer }),
  });
  return (x) => call(layer, x);
}

function through(x: SymbolicTensor, ...chains: readonly Chain[]): SymbolicTensor {
  return chains.reduce((value, chain) => chain(value), x);
}

function added(name: string, ...branches: readonly SymbolicTensor[]): SymbolicTensor {
  return call(layers.add({ name: `${name}_add` }), ...branches);
}

function rectified(name: string, x: SymbolicTensor): SymbolicTensor {
  return call(layers.activation({ activation: 'relu', name: `${name}_out` }), x);
}

/**
 * Two convolutions of 3 x 3, normalized, and the input added before the last relu; `filters` come out.
 *
 * Reference: He, Zhang, Ren and Sun 2015, "Deep residual learning for image recognition", figure 5 left.
 */
export function basicBlock(x: SymbolicTensor, block: BlockOptions): SymbolicTensor {
  const { filters, stride = 1, isProjected, name } = block;
  const same = { kernelSize: 3, padding: 'same', useBias: false } as const;
  const main = through(
    x,
    conv(block, '1', filters, { ...same, strides: stride }),
    normalized(`${name}_1`, 1e-3),
    conv(block, '2', filters, same),
    onlyNormalized(`${name}_2`, 1e-3),
  );
  const shortcut = isProjected
    ? through(
        x,
        conv(block, '0', filters, { strides: stride, useBias: false }),
        onlyNormalized(`${name}_0`, 1e-3),
      )
    : x;
  return rectified(name, added(name, shortcut, main));
}

/**
 * Convolutions of 1 x 1, 3 x 3 and 1 x 1, normalized, and the input added before the last relu; `4 * filters` come out.
 *
 * Reference: as `basicBlock`, figure 5 right; Keras' ResNet v1.
 */
export function bottleneckBlock(x: SymbolicTensor, block: BlockOptions): SymbolicTensor {
  const { filters, stride = 1, isProjected, name } = block;
  const main = through(
    x,
    conv(block, '1', filters, { strides: stride }),
    normalized(`${name}_1`),
    conv(block, '2', filters, { kernelSize: 3, padding: 'same' }),
    normalized(`${name}_2`),
    conv(block, '3', 4 * filters),
    onlyNormalized(`${name}_3`),
  );
  const shortcut = isProjected
    ? through(x, conv(block, '0', 4 * filters, { strides: stride }), onlyNormalized(`${name}_0`))
    : x;
  return rectified(name, added(name, shortcut, main));
}

/**
 * The same, normalized and rectified before the convolutions instead of after, so that the sum passes through unchanged.
 *
 * Reference: He, Zhang, Ren and Sun 2016, "Identity mappings in deep residual networks"; Keras' ResNet v2.
 */
export function preactivatedBlock(x: SymbolicTensor, block: BlockOptions): SymbolicTensor {
  const { filters, stride = 1, isProjected, name } = block;
  const start = normalized(`${name}_preact`)(x);
  const main = through(
    start,
    conv(block, '1', filters, { useBias: false }),
    normalized(`${name}_1`),
    (value) => call(layers.zeroPadding2d({ padding: 1, name: `${name}_2_pad` }), value),
    conv(block, '2', filters, { kernelSize: 3, strides: stride, useBias: false }),
    normalized(`${name}_2`),
    conv(block, '3', 4 * filters),
  );
  const skipped = (): SymbolicTensor =>
    stride === 1 ? x : call(layers.maxPooling2d({ poolSize: 1, strides: stride, name: `${name}_skip` }), x);
  const shortcut = isProjected ? conv(block, '0', 4 * filters, { strides: stride })(start) : skipped();
  return added(name, shortcut, main);
}

/** Groups of the middle convolution of `groupedBlock`. */
const GROUPS = 32;

/**
 * Convolutions of 1 x 1, 3 x 3 in 32 groups, and 1 x 1, normalized, and the input added before the last relu; `2 *
 * filters` come out. `filters` are a multiple of 32.
 *
 * Reference: Xie, Girshick, Dollár, Tu and He 2017, "Aggregated residual transformations for deep neural networks"; Keras'
 * ResNeXt.
 */
export function groupedBlock(x: SymbolicTensor, block: BlockOptions): SymbolicTensor {
  const { filters, stride = 1, isProjected, name } = block;
  const main = through(
    x,
    conv(block, '1', filters, { useBias: false }),
    normalized(`${name}_1`),
    (value) => call(layers.zeroPadding2d({ padding: 1, name: `${name}_2_pad` }), value),
    conv(block, '2', filters, { kernelSize: 3, strides: stride, groups: GROUPS, useBias: false }),
    normalized(`${name}_2`),
    conv(block, '3', 2 * filters, { useBias: false }),
    onlyNormalized(`${name}_3`),
  );
  const shortcut = isProjected
    ? through(
        x,
        conv(block, '0', 2 * filters, { strides: stride, useBias: false }),
        onlyNormalized(`${name}_0`),
      )
    : x;
  return rectified(name, added(name, shortcut, main));
}
