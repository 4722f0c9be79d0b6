import type { Node } from '../graph/node.ts';
import { add, multiply } from '../graph/ops/arithmetic.ts';
import { defineGradientRule } from '../graph/ops/gradient-rule.ts';
import { matmul, swapAxes } from '../graph/ops/linear-algebra.ts';
import { dropoutMask } from '../graph/ops/random.ts';
import { reshape, zeroRows } from '../graph/ops/shape.ts';
import { concat, split } from '../graph/ops/slice.ts';
import type { ForwardContext } from './layer.ts';
import type { RecurrentLayer } from './recurrent-options.ts';

/** How many gates share a product, for each product, in the order of the columns of both kernels. */
export type Groups = readonly number[];

/** Number of gates. */
export function gatesOf(groups: Groups): number {
  return groups.reduce((total, count) => total + count, 0);
}

/**
 * Masks of dropout, [width, batch], as Keras draws them: none, one for all gates, or with recurrent dropout one for each
 * gate.
 */
export interface RecurrentMasks {
  readonly input: readonly Node[];
  readonly state: readonly Node[];
}

/** Draws the masks of a batch of sequences: the same in all steps. */
export function recurrentMasks(
  layer: RecurrentLayer,
  groups: Groups,
  { input, isTraining, knob, randomKey }: ForwardContext,
): RecurrentMasks {
  const [batch, , width] = input.shape as [number, number, number];
  const draw = (option: string, count: number, extent: number): readonly Node[] =>
    Array.from({ length: count }, () => swapAxes(dropoutMask(randomKey(), knob(option), [batch, extent])));
  const gates = gatesOf(groups);
  const isDropped = isTraining && layer.dropout > 0;
  const isStateDropped = isTraining && layer.recurrentDropout > 0;
  return {
    input: isDropped ? draw('dropout', layer.recurrentDropout > 0 ? gates : 1, width) : [],
    state: isStateDropped ? draw('recurrentDropout', gates, layer.units) : [],
  };
}

/** What the gates of a group add up in one step. */
export interface Terms {
  /** The state, or what takes its place, [units, batch]; its product with the recurrent kernel. */
  readonly state?: Node;
  /** The product of the step's input with the kernel. Default false. */
  readonly input?: boolean;
  /** One number for each unit of each gate of the group. */
  readonly bias?: Node | undefined;
}

/** The sum of products of a group of gates, [gates * units, batch]. */
export type SumProducts = (group: number, terms: Terms) => Node;

/** A kernel [gates * units, width] or a bias [gates * units] in parts for the groups of gates. */
function partsOf(weight: Node, groups: Groups, units: number): readonly Node[] {
  if (groups.length === 1) return [weight];
  return split(
    weight,
    groups.map((count) => count * units),
    0,
  );
}

/**
 * The gradient of a product of joined weights with joined values: that of the values by weights that are transposed once
 * for all steps, and only of the values that want one.
 */
const withProductGradient = defineGradientRule(
  'joinedProduct',
  ([dz], [, ...values], [joined, ...turned]) => [
    matmul(dz!, joined!, { transposeB: true }),
    ...values.map((_, i) => matmul(turned[i]!, dz!)),
  ],
);

/** A weight and the values that it meets. */
type Factors = readonly [weight: Node, values: Node];

/**
 * `W v + U w + ... + b` as one product `[W U b] [v; w; 1]`.
 *
 * Feature by feature the values are joined by copying a few long rows; the runtime packs only them, not the weights, in
 * every step; and all weights of the step have one gradient, a product as well.
 */
function joinedProduct(factors: readonly Factors[], bias: Node | undefined, ones: Node): Node {
  const column = bias === undefined ? [] : [reshape(bias, [bias.shape[0]!, 1])];
  const weights = concat([...factors.map(([weight]) => weight), ...column], 1);
  const values = concat([...factors.map(([, value]) => value), ...column.map(() => ones)], 0);
  return withProductGradient(
    [matmul(weights, values)],
    [weights, ...factors.map(([, value]) => value)],
    [values, ...factors.map(([weight]) => swapAxes(weight))],
  )[0]!;
}

/** What the products of a step are made of, besides the weights. */
export interface StepValues {
  readonly masks: RecurrentMasks;
  /** The step's input, [width, batch]. */
  readonly x: Node;
  /** The state of zeros, which needs no product. */
  readonly none: Node;
}

/** Sums of products in a step. With a mask for each gate, each gate has a product of its own. */
export function sumProducts(
  layer: RecurrentLayer,
  groups: Groups,
  { input, weight }: Pick<ForwardContext, 'input' | 'weight'>,
  { masks, x, none }: StepValues,
): SumProducts {
  const { units } = layer;
  const kernels = partsOf(weight('kernel'), groups, units);
  const recurrent = partsOf(weight('recurrentKernel'), groups, units);
  const ones = add(swapAxes(zeroRows(input, [1])), 1);
  const isApart = masks.input.length > 1 || masks.state.length > 1;
  return (group, { state: given, input: readsInput = false, bias }) => {
    const state = given === none ? undefined : given;
    // Of a first step from zeros nothing may be left to add up.
    if (state === undefined && !readsInput && bias === undefined) {
      return swapAxes(zeroRows(input, [groups[group]! * units]));
    }
    const count = isApart ? groups[group]! : 1;
    const single = new Array<number>(count).fill(1);
    const cut = (weights: Node): readonly Node[] => partsOf(weights, single, weights.shape[0]! / count);
    const first = gatesOf(groups.slice(0, group));
    const seen = (value: Node, drawn: readonly Node[], gate: number): Node =>
      drawn.length === 0 ? value : multiply(value, drawn[drawn.length === 1 ? 0 : first + gate]!);
    const biases = bias && cut(bias);
    const [ofState, ofInput] = [cut(recurrent[group]!), cut(kernels[group]!)];
    const sums = single.map((_, gate) => {
      const factors: Factors[] = [];
      if (state !== undefined) factors.push([ofState[gate]!, seen(state, masks.state, gate)]);
      if (readsInput) factors.push([ofInput[gate]!, seen(x, masks.input, gate)]);
      return joinedProduct(factors, biases?.[gate], ones);
    });
    return concat(sums, 0);
  };
}
