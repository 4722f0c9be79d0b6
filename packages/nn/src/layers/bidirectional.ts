import { LuthierError } from '@luthier/core';
import type { Node, Shape } from '../graph/node.ts';
import { add, divide, multiply } from '../graph/ops/arithmetic.ts';
import { concat, flip } from '../graph/ops/slice.ts';
import { innerKnobs, innerStructure, innerWeights } from './inner.ts';
import { outputShapesOf } from './kinds.ts';
import { defineLayer, type ForwardContext, type Layer, type LayerResult } from './layer.ts';
import { refuseUnknown } from './options.ts';
import { layerName, placeOptions, type WeightedOptions } from './place.ts';
import type { RecurrentLayer } from './recurrent-options.ts';

/** How the outputs of both directions become one; null leaves them as two outputs. */
export type MergeMode = 'concat' | 'sum' | 'mul' | 'ave' | null;

/** Options of `layers.bidirectional`. */
export interface BidirectionalOptions extends WeightedOptions {
  /** A recurrent layer, read forwards and again, with weights of its own, backwards. */
  readonly layer: RecurrentLayer;
  /** The layer that reads backwards. Default: one like `layer`. */
  readonly backwardLayer?: RecurrentLayer;
  /** Default `concat`. */
  readonly mergeMode?: MergeMode;
}

/** A sequence read in both directions. */
export interface BidirectionalLayer extends Layer {
  readonly kind: 'bidirectional';
  readonly forward: RecurrentLayer;
  readonly backward: RecurrentLayer;
  readonly mergeMode: MergeMode;
}

const merges: Readonly<Record<string, (a: Node, b: Node) => Node>> = {
  concat: (a, b) => concat([a, b]),
  sum: add,
  mul: multiply,
  ave: (a, b) => divide(add(a, b), 2),
};

function refuse(where: string, problem: string, fix: string): never {
  throw new LuthierError('LU_LAYER_OPTION', `${where}: ${problem}`, { fix, where });
}

function requireRecurrent(where: string, option: string, layer: RecurrentLayer): void {
  if (typeof layer?.goBackwards === 'boolean') return;
  refuse(where, `${option} is no recurrent layer`, 'Give layers.lstm, layers.gru or layers.simpleRnn.');
}

/**
 * A recurrent layer that reads a sequence forwards and another that reads it backwards, outputs merged.
 *
 * Merge modes: `concat` (default), `sum`, `mul`, `ave` (mean), or null for two outputs. With `returnSequences` the
 * backward output is put in the order of the steps, and steps that a mask leaves out give 0, as in Keras. Further inputs
 * are the initial states, those of the forward layer first; `returnState` gives the last ones in that order. Weights are
 * named `forward.kernel`, `backward.kernel` and so on. Throws `LU_LAYER_OPTION` when the two layers do not fit each
 * other. Reference: Schuster and Paliwal 1997.
 *
 * @example
 * layers.bidirectional({ layer: layers.lstm({ units: 32, returnSequences: true }), mergeMode: 'sum' })
 */
export function bidirectional(options: BidirectionalOptions): BidirectionalLayer {
  const where = layerName('bidirectional', options);
  refuseUnknown('LU_LAYER_OPTION', where, options, [
    'layer',
    'backwardLayer',
    'mergeMode',
    'inputShape',
    'trainable',
    'name',
  ]);
  const { layer, mergeMode = 'concat' } = options;
  requireRecurrent(where, 'layer', layer);
  const other = options.backwardLayer ?? { ...layer, goBackwards: true };
  requireRecurrent(where, 'backwardLayer', other);
  if (mergeMode !== null && !Object.hasOwn(merges, mergeMode)) {
    refuse(where, `unknown mergeMode '${String(mergeMode)}'`, 'Use concat, sum, mul, ave or null.');
  }
  if (layer.goBackwards || !other.goBackwards) {
    refuse(where, 'both layers read in the same direction', 'Give goBackwards to the backward layer only.');
  }
  for (const option of ['returnSequences', 'returnState'] as const) {
    if (layer[option] !== other[option])
      refuse(where, `${option} differs between the layers`, `Give both the same ${option}.`);
  }
  if (mergeMode !== null && mergeMode !== 'concat' && layer.units !== other.units) {
    refuse(
      where,
      `cannot ${mergeMode} outputs of ${layer.units} and ${other.units} units`,
      "Give both as many units, or merge by 'concat'.",
    );
  }
  const zeroOutputForMask = layer.returnSequences;
  return {
    kind: 'bidirectional',
    forward: { ...layer, zeroOutputForMask },
    backward: { ...other, zeroOutputForMask },
    mergeMode,
    ...placeOptions(where, options),
  };
}

/** The layers of both directions, frozen together. */
function directions(layer: BidirectionalLayer): readonly (readonly [string, RecurrentLayer])[] {
  const { forward, backward, trainable } = layer;
  const placed = (inner: RecurrentLayer): RecurrentLayer =>
    trainable === false ? { ...inner, trainable } : inner;
  return [
    ['forward', placed(forward)],
    ['backward', placed(backward)],
  ];
}

/** What each direction reads: the sequence, and its half of the initial states. */
function halves<T>(inputs: readonly T[]): readonly (readonly T[])[] {
  const [sequence, ...states] = inputs as readonly [T, ...T[]];
  const half = states.length / 2;
  if (!Number.isInteger(half)) {
    throw new LuthierError('LU_LAYER_INPUTS', `cannot share ${states.length} initial states`, {
      fix: 'Give the initial states of the forward layer, then those of the backward layer.',
    });
  }
  return [
    [sequence, ...states.slice(0, half)],
    [sequence, ...states.slice(half)],
  ];
}

function shapes(layer: BidirectionalLayer, inputs: readonly Shape[]): readonly Shape[] {
  const own = halves(inputs);
  const [ahead, back] = directions(layer).map(([, inner], i) => outputShapesOf(inner, own[i]!));
  const [a, b] = [ahead![0]!, back![0]!];
  const width = layer.mergeMode === 'concat' ? a.at(-1)! + b.at(-1)! : a.at(-1)!;
  const merged = layer.mergeMode === null ? [a, b] : [[...a.slice(0, -1), width]];
  return [...merged, ...ahead!.slice(1), ...back!.slice(1)];
}

function run(layer: BidirectionalLayer, context: ForwardContext): readonly LayerResult[] {
  const own = halves(context.inputs);
  return directions(layer).map(([name, inner], i) => context.inner(name, inner, own[i]!, [context.mask]));
}

defineLayer<BidirectionalLayer>({
  kind: 'bidirectional',
  arity: [1, Number.POSITIVE_INFINITY],
  outputShape: (layer, _input, inputs) => shapes(layer, inputs)[0]!,
  outputShapes: shapes,
  weights: (layer, _input, inputs) => {
    const own = halves(inputs);
    return directions(layer).flatMap(([name, inner], i) => innerWeights(name, inner, own[i]!));
  },
  knobs: (layer) => Object.assign({}, ...directions(layer).map(([name, inner]) => innerKnobs(name, inner))),
  structure: (layer) => [layer.mergeMode, ...directions(layer).map(([, inner]) => innerStructure(inner))],
  contains: ({ forward, backward }) => [
    ['forward', forward],
    ['backward', backward],
  ],
  outputMask: ({ forward }, { mask }) => (forward.returnSequences ? mask : undefined),
  forward: (layer, context) => {
    const [ahead, back] = run(layer, context) as [LayerResult, LayerResult];
    const first = ahead.outputs[0]!;
    const read = back.outputs[0]!;
    const second = layer.backward.returnSequences ? flip(read, 1) : read;
    const merged = layer.mergeMode === null ? [first, second] : [merges[layer.mergeMode]!(first, second)];
    return [...merged, ...ahead.outputs.slice(1), ...back.outputs.slice(1)];
  },
});
