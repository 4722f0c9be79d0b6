import type { Node } from '../graph/node.ts';
import { add, multiply } from '../graph/ops/arithmetic.ts';
import { matmul } from '../graph/ops/linear-algebra.ts';
import { dropoutMask } from '../graph/ops/random.ts';
import { reshape, transpose } from '../graph/ops/shape.ts';
import { concat, split } from '../graph/ops/slice.ts';
import type { ForwardContext } from './layer.ts';
import type { RecurrentLayer } from './recurrent-options.ts';

/** How many gates share a product, for each product, in the order of the columns of both kernels. */
export type Groups = readonly number[];

/** Number of gates. */
export function gatesOf(groups: Groups): number {
  return groups.reduce((total, count) => total + count, 0);
}

/** Masks of dropout, as Keras draws them: none, one for all gates, or with recurrent dropout one for each gate. */
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
    Array.from({ length: count }, () => dropoutMask(randomKey(), knob(option), [batch, extent]));
  const gates = gatesOf(groups);
  const isDropped = isTraining && layer.dropout > 0;
  const isStateDropped = isTraining && layer.recurrentDropout > 0;
  return {
    input: isDropped ? draw('dropout', layer.recurrentDropout > 0 ? gates : 1, width) : [],
    state: isStateDropped ? draw('recurrentDropout', gates, layer.units) : [],
  };
}

/** Those of the masks that gates of a group see. */
function masksOf(masks: readonly Node[], groups: Groups, group: number): readonly Node[] {
  if (masks.length <= 1) return masks;
  const start = gatesOf(groups.slice(0, group));
  return masks.slice(start, start + groups[group]!);
}

/** The values as the gates of a group see them: one for all, or one for each. */
function seen(x: Node, masks: readonly Node[]): readonly Node[] {
  return masks.length === 0 ? [x] : masks.map((mask) => multiply(x, mask));
}

/** A kernel [gates * units, width] or a bias [gates * units] in parts for the groups of gates. */
function partsOf(weight: Node, groups: Groups, units: number): readonly Node[] {
  if (groups.length === 1) return [weight];
  return split(
    weight,
    groups.map((count) => count * units),
    0,
  );
}

/** `x K'`, of one matrix of values, or of one for each gate. */
function products(values: readonly Node[], kernel: Node, units: number): Node {
  if (values.length === 1) return matmul(values[0]!, kernel, { transposeB: true });
  const kernels = partsOf(kernel, new Array<number>(values.length).fill(1), units);
  return concat(values.map((x, gate) => matmul(x, kernels[gate]!, { transposeB: true })));
}

/**
 * The products of all steps with the kernel, bias added: [steps, batch, gates * units] for each group, each one product
 * of matrices.
 */
export function inputProducts(
  layer: RecurrentLayer,
  groups: Groups,
  { input: x, isTraining, weight }: ForwardContext,
  masks: readonly Node[],
  bias: Node | undefined,
): readonly Node[] {
  const [batch, steps, width] = x.shape as [number, number, number];
  const { units } = layer;
  const biases = bias === undefined ? [] : partsOf(bias, groups, units);
  return partsOf(weight('kernel'), groups, units).map((kernel, group) => {
    const columns = groups[group]! * units;
    const withBias = (product: Node): Node => {
      const own = biases[group];
      return own === undefined ? product : add(product, own);
    };
    if (!isTraining) {
      // The rows of a sample stay together, so that files take batches of any size.
      const rows = withBias(products([reshape(x, [batch * steps, width])], kernel, units));
      return transpose(reshape(rows, [batch, steps, columns]), [1, 0, 2]);
    }
    const values = seen(transpose(x, [1, 0, 2]), masksOf(masks, groups, group));
    const rows = values.map((value) => reshape(value, [steps * batch, width]));
    return reshape(withBias(products(rows, kernel, units)), [steps, batch, columns]);
  });
}

/** The product of a state with the recurrent kernel of each group of gates. */
export function recurrentProducts(
  { units }: RecurrentLayer,
  groups: Groups,
  kernel: Node,
  masks: readonly Node[],
): (h: Node, group: number) => Node {
  const kernels = partsOf(kernel, groups, units);
  return (h, group) => products(seen(h, masksOf(masks, groups, group)), kernels[group]!, units);
}
