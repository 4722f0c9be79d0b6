import { LuthierError } from '@luthier/core';
import type { Node, Shape } from '../graph/node.ts';
import * as arithmetic from '../graph/ops/arithmetic.ts';
import { or, where } from '../graph/ops/compare.ts';
import { reshape } from '../graph/ops/shape.ts';
import { defineLayer, type Layer } from './layer.ts';
import { refuseUnknown } from './options.ts';
import { layerName, type PlaceOptions, placeOptions } from './place.ts';

/** A layer that combines several tensors value by value. */
export interface MergeLayer extends Layer {
  readonly kind: 'add' | 'subtract' | 'multiply' | 'average' | 'maximum' | 'minimum';
}

type MergeOptions = Omit<PlaceOptions, 'inputShape'>;

function create(kind: MergeLayer['kind'], options: MergeOptions): MergeLayer {
  const where = layerName(kind, options);
  refuseUnknown('LU_LAYER_OPTION', where, options, ['name']);
  return { kind, ...placeOptions(where, options) };
}

/**
 * The sum of two or more tensors; samples of fewer axes or of extent 1 repeat.
 *
 * @example
 * call(layers.add(), shortcut, branch)
 */
export function add(options: MergeOptions = {}): MergeLayer {
  return create('add', options);
}

/**
 * The first of two tensors minus the second.
 *
 * @example
 * call(layers.subtract(), a, b)
 */
export function subtract(options: MergeOptions = {}): MergeLayer {
  return create('subtract', options);
}

/**
 * The product of two or more tensors, value by value.
 *
 * @example
 * call(layers.multiply(), values, gate)
 */
export function multiply(options: MergeOptions = {}): MergeLayer {
  return create('multiply', options);
}

/**
 * The mean of two or more tensors, value by value.
 *
 * @example
 * call(layers.average(), a, b, c)
 */
export function average(options: MergeOptions = {}): MergeLayer {
  return create('average', options);
}

/**
 * The largest of two or more tensors, value by value.
 *
 * @example
 * call(layers.maximum(), a, b)
 */
export function maximum(options: MergeOptions = {}): MergeLayer {
  return create('maximum', options);
}

/**
 * The smallest of two or more tensors, value by value.
 *
 * @example
 * call(layers.minimum(), a, b)
 */
export function minimum(options: MergeOptions = {}): MergeLayer {
  return create('minimum', options);
}

/** A sample shape with leading extents of 1 up to a rank. */
function padded(shape: Shape, rank: number): Shape {
  return [...Array.from({ length: rank - shape.length }, () => 1), ...shape];
}

function mergedShape(inputs: readonly Shape[]): Shape {
  const rank = Math.max(...inputs.map((shape) => shape.length));
  const all = inputs.map((shape) => padded(shape, rank));
  return Array.from({ length: rank }, (_, axis) => {
    const extents = all.map((shape) => shape[axis]!);
    const extent = Math.max(...extents);
    if (extents.every((one) => one === extent || one === 1)) return extent;
    const shapes = inputs.map((shape) => `[${shape.join(', ')}]`).join(' and ');
    throw new LuthierError('LU_LAYER_SHAPE', `cannot combine samples of ${shapes}`, {
      fix: 'Give samples of equal shapes; extents of 1 repeat.',
    });
  });
}

function aligned(inputs: readonly Node[]): readonly Node[] {
  const rank = Math.max(...inputs.map(({ shape }) => shape.length));
  return inputs.map((node) =>
    node.shape.length === rank
      ? node
      : reshape(node, [node.shape[0]!, ...padded(node.shape.slice(1), rank - 1)]),
  );
}

/** A step counts when it does in one of the inputs, as in Keras; an input without a mask ends it. */
function mergedMask(masks: readonly (Node | undefined)[]): Node | undefined {
  const known = masks.filter((mask) => mask !== undefined);
  return known.length === masks.length ? known.reduce((a, b) => or(a, b)) : undefined;
}

function alongSteps(mask: Node, x: Node): Node {
  return reshape(mask, [...mask.shape, ...x.shape.slice(mask.shape.length).map(() => 1)]);
}

/** Steps that do not count are factors of 1; where none counts, the product is 0. */
function maskedProduct(inputs: readonly Node[], masks: readonly (Node | undefined)[]): Node {
  const factors = inputs.map((x, i) => {
    const mask = masks[i];
    return mask === undefined ? x : where(alongSteps(mask, x), x, 1);
  });
  const product = aligned(factors).reduce((a, b) => arithmetic.multiply(a, b));
  const counts = mergedMask(masks);
  return counts === undefined ? product : where(alongSteps(counts, product), product, 0);
}

type Combine = (a: Node, b: Node) => Node;

const combine: Readonly<Record<MergeLayer['kind'], Combine>> = {
  add: arithmetic.add,
  subtract: arithmetic.subtract,
  multiply: arithmetic.multiply,
  average: arithmetic.add,
  maximum: arithmetic.maximum,
  minimum: arithmetic.minimum,
};

for (const kind of Object.keys(combine) as MergeLayer['kind'][]) {
  defineLayer<MergeLayer>({
    kind,
    arity: kind === 'subtract' ? [2, 2] : [2, Number.POSITIVE_INFINITY],
    outputShape: (_layer, _input, inputs) => mergedShape(inputs),
    structure: () => null,
    outputMask: (_layer, { masks }) => mergedMask(masks),
    forward: (_layer, { inputs, masks }) => {
      if (kind === 'multiply') return maskedProduct(inputs, masks);
      const total = aligned(inputs).reduce((a, b) => combine[kind](a, b));
      return kind === 'average' ? arithmetic.divide(total, inputs.length) : total;
    },
  });
}
