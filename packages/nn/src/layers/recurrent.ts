import { type Json, LuthierError } from '@luthier/core';
import type { Node, Shape } from '../graph/node.ts';
import { multiply } from '../graph/ops/arithmetic.ts';
import { where } from '../graph/ops/compare.ts';
import { swapAxes } from '../graph/ops/linear-algebra.ts';
import { scan } from '../graph/ops/scan.ts';
import { reshape, transpose, zeroRows } from '../graph/ops/shape.ts';
import { flip, slice } from '../graph/ops/slice.ts';
import { input } from '../graph/ops/sources.ts';
import { activityKnobs, activityPenalty } from './activity.ts';
import { defineLayer, type ForwardContext, type WeightSpec } from './layer.ts';
import { requireRank } from './place.ts';
import { type Reading, type RecurrentKernel, readByKernel } from './recurrent-kernel.ts';
import type { RecurrentLayer } from './recurrent-options.ts';
import { type Groups, gatesOf, recurrentMasks, type SumProducts, sumProducts } from './recurrent-products.ts';
import { weightSpec } from './weight-fields.ts';

/** What a cell sees of one step. */
export interface StepContext<L extends RecurrentLayer> {
  readonly layer: L;
  /** The states before the step, [units, batch]. */
  readonly states: readonly Node[];
  /** Products of a state and the step's input with the weights of a group of gates, dropout applied. */
  readonly sum: SumProducts;
  /** The bias as it is. */
  readonly bias: Node | undefined;
}

/** What distinguishes one kind of recurrent layers from another. */
export interface Cell<L extends RecurrentLayer> {
  readonly kind: L['kind'];
  readonly groups: Groups;
  /** Number of states; the first is the output. */
  readonly states: number;
  /** Options that shape the graph, besides those of all recurrent layers. */
  structure(layer: L): Json;
  /** Default [gates * units]. */
  biasShape?(layer: L): Shape;
  /** Changes the first values of the bias. */
  adjustBias?(layer: L): ((values: Float32Array) => Float32Array) | undefined;
  /** The operator that does the same at inference, if there is one for these options. */
  kernel?(layer: L): RecurrentKernel | undefined;
  /** The states after the step, [units, batch]. */
  step(context: StepContext<L>): readonly Node[];
}

function weights<L extends RecurrentLayer>(cell: Cell<L>, layer: L, sample: Shape): readonly WeightSpec[] {
  const columns = gatesOf(cell.groups) * layer.units;
  const matrix = (prefix: 'kernel' | 'recurrent', name: string, rows: number): WeightSpec => ({
    ...weightSpec<'kernel' | 'recurrent'>(prefix, layer, name, [rows, columns], {
      fanIn: rows,
      fanOut: columns,
    }),
    isSwapped: true,
  });
  const kernel = matrix('kernel', 'kernel', sample[1]!);
  const recurrent = matrix('recurrent', 'recurrentKernel', layer.units);
  if (!layer.useBias) return [kernel, recurrent];
  const shape = cell.biasShape?.(layer) ?? [columns];
  const bias = weightSpec('bias', layer, 'bias', shape, { fanIn: shape[0]!, fanOut: shape.at(-1)! });
  const adjust = cell.adjustBias?.(layer);
  return [kernel, recurrent, adjust === undefined ? bias : { ...bias, adjust }];
}

function requireSequence(inputs: readonly Shape[], { units }: RecurrentLayer, states: number): void {
  requireRank(inputs[0]!, 2, '[steps, channels]');
  if (inputs.length !== 1 && inputs.length !== 1 + states) {
    throw new LuthierError('LU_LAYER_INPUTS', `takes 1 input or ${1 + states}, not ${inputs.length}`, {
      fix: `Call it on a sequence, or on a sequence and its ${states} initial state${states === 1 ? '' : 's'}.`,
    });
  }
  const wrong = inputs.slice(1).find((shape) => shape.join() !== String(units));
  if (wrong === undefined) return;
  throw new LuthierError('LU_LAYER_SHAPE', `takes initial states of [${units}], not [${wrong.join(', ')}]`, {
    fix: 'Give initial states as many values as the layer has units.',
  });
}

/**
 * Whether the first step is made outside the loop: from states of zero it needs no product with them, neither on the way
 * back, which is one in so many of all steps.
 */
function startsApart({ returnSequences }: RecurrentLayer, context: ForwardContext): boolean {
  const { inputs, mask, isTraining } = context;
  return (
    isTraining && !returnSequences && inputs.length === 1 && mask === undefined && inputs[0]!.shape[1]! > 1
  );
}

/** The step of a sequence that is read first, and the others. */
function cutFirst(sequence: Node, goBackwards: boolean): { readonly first: Node; readonly rest: Node } {
  const [steps, ...shape] = sequence.shape as [number, ...number[]];
  const last = steps - 1;
  const [start, from, to] = goBackwards ? [last, 0, last] : [0, 1, steps];
  return {
    first: reshape(slice(sequence, [start], [start + 1]), shape),
    rest: slice(sequence, [from], [to]),
  };
}

/**
 * Reads the sequence, feature by feature: [width, batch] in each step. Steps that the mask leaves out change neither state
 * nor output.
 */
function read<L extends RecurrentLayer>(cell: Cell<L>, layer: L, context: ForwardContext): Reading {
  const { inputs, mask, weight } = context;
  const [x, ...initial] = inputs as [Node, ...Node[]];
  const { units } = layer;
  const [batch, , width] = x.shape as [number, number, number];
  const masks = recurrentMasks(layer, cell.groups, context);
  const moved = transpose(x, [1, 2, 0]);
  // One mask for all gates is applied to all steps at once.
  const isShared = masks.input.length === 1;
  const all = isShared ? multiply(moved, masks.input[0]!) : moved;
  const none = swapAxes(zeroRows(x, [units]));
  const step = (element: Node, states: readonly Node[]): readonly Node[] =>
    cell.step({
      layer,
      states,
      sum: sumProducts(layer, cell.groups, context, {
        masks: isShared ? { ...masks, input: [] } : masks,
        x: element,
        none,
      }),
      bias: layer.useBias ? weight('bias') : undefined,
    });
  const { first, rest } = startsApart(layer, context)
    ? cutFirst(all, layer.goBackwards)
    : { first: undefined, rest: all };
  const element = input('x', 'float32', [width, batch]);
  const [elements, sequences] = [[element], [rest]];
  const before = Array.from({ length: cell.states }, (_, i) => input(`state${i}`, 'float32', [units, batch]));
  const after = step(element, before);
  const outputs: Record<string, Node> = {};
  const given = before.map((_, i) => (initial[i] === undefined ? none : swapAxes(initial[i]!)));
  const starts = first === undefined ? given : [...step(first, given)];
  const counts = input('counts', 'bool', [1, batch]);
  const masked = (value: Node, otherwise: Node): Node =>
    mask === undefined ? value : where(counts, value, otherwise);
  for (const [i, state] of after.entries()) outputs[`state${i}`] = masked(state, before[i]!);
  // Until the first step that counts the output is 0, whatever the initial state.
  const last = input('output', 'float32', [units, batch]);
  const isApart = mask !== undefined && initial.length > 0;
  const output = isApart ? masked(after[0]!, last) : outputs.state0!;
  if (isApart) {
    outputs.output = output;
    before.push(last);
    starts.push(none);
  }
  if (mask !== undefined) {
    elements.push(counts);
    sequences.push(transpose(reshape(mask, [batch, 1, mask.shape[1]!]), [2, 1, 0]));
  }
  if (layer.returnSequences) outputs.all = output;
  const results = scan(
    { inputs: [...before, ...elements], outputs },
    { states: starts, sequences, reverse: layer.goBackwards },
  );
  return {
    output: layer.returnSequences
      ? transpose(results.all!, [2, 0, 1])
      : swapAxes(results.output ?? results.state0!),
    states: after.map((_, i) => swapAxes(results[`state${i}`]!)),
  };
}

/** The output as the layer gives it: steps in the order of reading, 0 where the mask says so. */
function arranged(layer: RecurrentLayer, output: Node, mask: Node | undefined): Node {
  const { returnSequences, goBackwards, zeroOutputForMask } = layer;
  const counts = zeroOutputForMask ? mask : undefined;
  if (!returnSequences) {
    if (counts === undefined) return output;
    const at = goBackwards ? 0 : counts.shape[1]! - 1;
    return where(slice(counts, [at], [at + 1], { axes: [1] }), output, zeroRows(output, [layer.units]));
  }
  const kept = counts === undefined ? output : where(reshape(counts, [...counts.shape, 1]), output, 0);
  return goBackwards ? flip(kept, 1) : kept;
}

/** Registers a kind of recurrent layers. */
export function defineRecurrent<L extends RecurrentLayer>(cell: Cell<L>): void {
  const shapes = (layer: L, inputs: readonly Shape[]): readonly Shape[] => {
    requireSequence(inputs, layer, cell.states);
    const output = layer.returnSequences ? [inputs[0]![0]!, layer.units] : [layer.units];
    if (!layer.returnState) return [output];
    return [output, ...Array.from({ length: cell.states }, () => [layer.units])];
  };
  defineLayer<L>({
    kind: cell.kind,
    arity: [1, 1 + cell.states],
    outputShape: (layer, _input, inputs) => shapes(layer, inputs)[0]!,
    outputShapes: shapes,
    weights: (layer, sample) => weights(cell, layer, sample),
    knobs: (layer) => ({
      ...activityKnobs(layer.activityRegularizer),
      ...(layer.dropout > 0 ? { dropout: layer.dropout } : {}),
      ...(layer.recurrentDropout > 0 ? { recurrentDropout: layer.recurrentDropout } : {}),
    }),
    structure: (layer) => [
      layer.units,
      layer.activation,
      layer.useBias,
      Object.keys(layer.activityRegularizer ?? {}),
      [layer.dropout > 0, layer.recurrentDropout > 0],
      [layer.returnSequences, layer.returnState, layer.goBackwards, layer.zeroOutputForMask],
      cell.structure(layer),
    ],
    outputMask: (layer, { mask }) => {
      if (mask === undefined || !layer.returnSequences) return undefined;
      return layer.goBackwards ? flip(mask, 1) : mask;
    },
    forward: (layer, context) => {
      const { knob, addPenalty, mask } = context;
      const kernel = context.isTraining || mask !== undefined ? undefined : cell.kernel?.(layer);
      const reading =
        kernel === undefined
          ? read(cell, layer, context)
          : readByKernel(kernel, layer, context, (own, inner) => read(cell, own, inner));
      const output = arranged(layer, reading.output, mask);
      for (const part of activityPenalty(layer.activityRegularizer, output, knob)) addPenalty(part);
      return layer.returnState ? [output, ...reading.states] : output;
    },
  });
}
