import { type Generator, generator, LuthierError, randomKey } from '@luthier/core';
import type { Node, Shape } from '../graph/node.ts';
import { add, multiply, subtract } from '../graph/ops/arithmetic.ts';
import { cast } from '../graph/ops/cast.ts';
import { and, greaterEqual, less, where } from '../graph/ops/compare.ts';
import { reshape } from '../graph/ops/shape.ts';
import { iota } from '../graph/ops/sources.ts';
import { ranges, refuseUnknown, requireNumber } from '../layers/options.ts';
import { indexReader } from './index-reader.ts';
import type { ModelPlan } from './plan.ts';

/** Options of `mixup` and `cutmix` of `fit`. */
export interface MixingOptions {
  /** Shares are drawn from Beta(alpha, alpha), one a batch: near 0 or 1 for a small alpha. Default 0.2 for mixup, 1 for cutmix. */
  readonly alpha?: number;
}

/** How the samples of a batch are mixed. */
export interface Mixing {
  readonly kind: 'mixup' | 'cutmix';
  readonly alpha: number;
}

/** The numbers of a step of cutmix: the box that comes from the partner, ends excluded. */
export const BOX: readonly string[] = ['top', 'bottom', 'left', 'right'];

/** Reads `mixup` and `cutmix`; throws `LU_FIT_OPTION` for both, a bad alpha, and inputs that cannot be mixed. */
export function readMixing(
  plan: ModelPlan,
  options: { readonly mixup?: MixingOptions; readonly cutmix?: MixingOptions },
): Mixing | undefined {
  const refuse = (what: string, fix: string): never => {
    throw new LuthierError('LU_FIT_OPTION', `fit: ${what}`, { fix, where: 'fit' });
  };
  const { mixup, cutmix } = options;
  if (mixup !== undefined && cutmix !== undefined) refuse('both mixup and cutmix', 'Give one of them.');
  const given = mixup ?? cutmix;
  if (given === undefined) return undefined;
  const kind = mixup === undefined ? 'cutmix' : 'mixup';
  refuseUnknown('LU_FIT_OPTION', `fit: ${kind}`, given, ['alpha']);
  const standard = kind === 'mixup' ? 0.2 : 1;
  const alpha = requireNumber(
    'LU_FIT_OPTION',
    `fit: ${kind}`,
    'alpha',
    given.alpha ?? standard,
    ranges.positive,
  );
  const reader = plan.inputs
    .map(({ value }) => indexReader(plan, value))
    .find((found) => found !== undefined);
  if (reader !== undefined) {
    const { layer, name } = reader.layer;
    refuse(
      `${kind} cannot mix what ${layer.kind} '${name}' reads, which are numbers of things`,
      'Leave it out.',
    );
  }
  if (kind === 'cutmix' && (plan.inputs.length !== 1 || plan.inputs[0]!.shape.length !== 3)) {
    refuse('cutmix takes images [height, width, channels]', 'Give the model such an input, or use mixup.');
  }
  return { kind, alpha };
}

/** A draw from Gamma(shape, 1) by rejection (Marsaglia and Tsang 2000); shapes below 1 by a power of a uniform number. */
function drawGamma(random: Generator, shape: number): number {
  if (shape < 1) return drawGamma(random, shape + 1) * (1 - random.uniform()) ** (1 / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = random.normal();
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(1 - random.uniform()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
  }
}

/** A draw from Beta(alpha, alpha). */
export function drawShare(random: Generator, alpha: number): number {
  const [a, b] = [drawGamma(random, alpha), drawGamma(random, alpha)];
  // Both underflow only for a tiny alpha, where one of the samples is taken whole.
  return a + b > 0 ? a / (a + b) : random.integer(2);
}

/** The mixing of one step. */
export interface MixingStep {
  /** For each place in the batch the place of its partner. */
  readonly partners: Int32Array;
  /** Share of the sample's own; the rest is its partner's. */
  readonly share: number;
  /** As in `BOX`; of the sides of the image. */
  readonly box: readonly number[];
}

/** Draws the mixing of a step, counted from 0: a pure function of seed and step. */
export function drawMixing(
  { kind, alpha }: Mixing,
  seed: number,
  step: number,
  batch: number,
  sample: Shape,
): MixingStep {
  const random = generator(randomKey(seed, 'mixing', step));
  const share = drawShare(random, alpha);
  const partners = random.permutation(batch);
  if (kind === 'mixup') return { partners, share, box: [] };
  const [height, width] = sample as readonly [number, number];
  const side = Math.sqrt(1 - share);
  const along = (extent: number): readonly [number, number] => {
    const centre = random.integer(extent);
    const reach = Math.floor(extent * side);
    const begin = centre - Math.floor(reach / 2);
    return [Math.max(0, begin), Math.min(extent, begin + reach)];
  };
  const [[top, bottom], [left, right]] = [along(height), along(width)];
  // What the edge cuts off is the sample's own.
  const cut = ((bottom - top) * (right - left)) / (height * width);
  return { partners, share: 1 - cut, box: [top, bottom, left, right] };
}

/** `share own + (1 - share) partner`. */
export function blend(own: Node, partner: Node, share: Node): Node {
  return add(multiply(own, share), multiply(partner, subtract(1, share)));
}

/** Samples mixed with their partners; `number` gives the numbers of the step. */
export function mixedInput(
  kind: Mixing['kind'],
  own: Node,
  partner: Node,
  number: (name: string) => Node,
): Node {
  const [a, b] = [own, partner].map((x) => (x.dtype === 'float32' ? x : cast(x, 'float32'))) as [Node, Node];
  if (kind === 'mixup') return blend(a, b, number('share'));
  const [, height, width] = own.shape as readonly [number, number, number, number];
  const between = (extent: number, low: string, high: string): Node => {
    const at = iota(extent, 'int32');
    return and(greaterEqual(at, number(low)), less(at, number(high)));
  };
  const rows = reshape(between(height, 'top', 'bottom'), [1, height, 1, 1]);
  const columns = reshape(between(width, 'left', 'right'), [1, 1, width, 1]);
  return where(and(rows, columns), b, a);
}
