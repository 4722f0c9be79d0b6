import { LuthierError } from '@luthier/core';
import type { Shape } from '../graph/node.ts';
import { requireSampleShape } from '../layers/input.ts';
import { describeLayer, kindOf, outputShapesOf } from '../layers/kinds.ts';
import { type Layer, type LayerLike, toLayer } from '../layers/layer.ts';
import { refuseUnknown } from '../layers/options.ts';

/** A layer put after tensors. */
export interface LayerCall {
  readonly layer: Layer;
  readonly inputs: readonly SymbolicTensor[];
}

/** A place in a model through which values will flow: plain data, compared by reference. */
export interface SymbolicTensor {
  /** Shape of one sample. */
  readonly shape: Shape;
  /** What computes it; undefined for an input of the model. */
  readonly call: LayerCall | undefined;
  /** Which of the outputs of the call it is. */
  readonly index: number;
  /** Name of an input. */
  readonly name?: string;
}

/**
 * An input of a functional model; `shape` is that of one sample, without the batch axis.
 *
 * Throws `LU_LAYER_OPTION` unless all extents are whole numbers from 1.
 *
 * @example
 * const pixels = input({ shape: [28, 28, 1], name: 'pixels' });
 */
export function input(options: { readonly shape: Shape; readonly name?: string }): SymbolicTensor {
  refuseUnknown('LU_LAYER_OPTION', 'input', options, ['shape', 'name']);
  requireSampleShape('input', options.shape);
  const { shape, name } = options;
  return { shape, call: undefined, index: 0, ...(name === undefined ? {} : { name }) };
}

/** A tensor as messages name it. */
export function describeSource({ call, name }: SymbolicTensor): string {
  if (call !== undefined) return describeLayer(call.layer);
  return name === undefined ? 'the input' : `the input '${name}'`;
}

function requireTensors(layer: Layer, inputs: readonly SymbolicTensor[]): void {
  const who = describeLayer(layer);
  if (inputs.length === 0) {
    throw new LuthierError('LU_MODEL_INPUT', `${who} has no input`, {
      fix: 'Call it on a tensor: call(layer, tensor).',
      where: who,
    });
  }
  const wrong = inputs.findIndex((tensor) => !Array.isArray(tensor?.shape));
  if (wrong === -1) return;
  throw new LuthierError('LU_MODEL_INPUT', `${who}: argument ${wrong + 1} is no tensor of a model`, {
    fix: 'Give what input() or call() returned.',
    where: who,
  });
}

/**
 * Puts a layer, or a model, after tensors and returns all its outputs, such as those of a recurrent layer with `returnState`.
 *
 * Throws as `call` does.
 *
 * @example
 * const [sequence, hidden, cell] = callAll(layers.lstm({ units: 8, returnSequences: true, returnState: true }), steps);
 */
export function callAll(given: LayerLike, ...inputs: readonly SymbolicTensor[]): readonly SymbolicTensor[] {
  const layer = toLayer(given);
  kindOf(layer);
  requireTensors(layer, inputs);
  const shapes = inputs.map(({ shape }) => shape);
  const made: LayerCall = { layer, inputs };
  const declared = layer.inputShape;
  if (declared !== undefined && declared.join() !== shapes[0]!.join()) {
    throw new LuthierError(
      'LU_MODEL_SHAPE',
      `${describeLayer(layer)} declares an input of [${declared.join(', ')}] but ${describeSource(inputs[0]!)} gives [${shapes[0]!.join(', ')}]`,
      { fix: 'Remove its inputShape, or make both equal.', where: describeLayer(layer) },
    );
  }
  try {
    return outputShapesOf(layer, shapes).map((shape, index) => ({ shape, call: made, index }));
  } catch (cause) {
    if (!(cause instanceof LuthierError) || cause.code === 'LU_LAYER_UNKNOWN') throw cause;
    const before = inputs.map(
      (tensor) => `${describeSource(tensor)}, which gives [${tensor.shape.join(', ')}] a sample`,
    );
    throw new LuthierError(
      'LU_MODEL_SHAPE',
      `${describeLayer(layer)} cannot follow ${before.join(', and ')}: it ${cause.message}`,
      { fix: cause.fix, where: describeLayer(layer), cause },
    );
  }
}

/**
 * Puts a layer after one tensor, or several, and returns its (first) output. The same layer object called twice shares
 * its weights. A model can be called as a layer is: its weights stay its own, so that training the whole trains it.
 *
 * Throws `LU_MODEL_SHAPE`, naming both layers, when the shapes do not fit, and `LU_MODEL_INPUT` without an input.
 *
 * @example
 * const a = input({ shape: [16] });
 * const hidden = call(layers.dense({ units: 16, activation: 'relu' }), a);
 * const sum = call(layers.add(), a, hidden);
 */
export function call(layer: LayerLike, ...inputs: readonly SymbolicTensor[]): SymbolicTensor {
  return callAll(layer, ...inputs)[0]!;
}
