import { LuthierError } from '@luthier/core';
import type { Node } from '../graph/node.ts';
import { add, multiply, subtract } from '../graph/ops/arithmetic.ts';
import { less, where } from '../graph/ops/compare.ts';
import { cosine, sine } from '../graph/ops/elementwise.ts';
import { gather } from '../graph/ops/gather.ts';
import { randomUniform } from '../graph/ops/random.ts';
import { reshape } from '../graph/ops/shape.ts';
import { slice } from '../graph/ops/slice.ts';
import { constant } from '../graph/ops/sources.ts';
import {
  centred,
  FILL_MODES,
  INTERPOLATIONS,
  type Resampling,
  resampled,
  type Sources,
} from './image-transform.ts';
import { defineLayer, type ForwardContext, type Layer } from './layer.ts';
import { ranges, refuseUnknown, requireName, requireNumber } from './options.ts';
import { layerName, type PlaceOptions, placeOptions, requireRank } from './place.ts';

/** A factor drawn anew for each image: from [-f, f], or from [lower, upper]. */
export type FactorOption = number | readonly [lower: number, upper: number];

interface Range {
  readonly lower: number;
  readonly upper: number;
}

const MODES = {
  horizontal: 'horizontal',
  vertical: 'vertical',
  horizontalAndVertical: 'horizontalAndVertical',
} as const;

/** Images turned over at random. */
export interface RandomFlipLayer extends Layer {
  readonly kind: 'randomFlip';
  readonly mode: keyof typeof MODES;
}

/** Images shifted, turned or enlarged at random. */
export interface RandomTransformLayer extends Layer, Resampling {
  readonly kind: 'randomTranslation' | 'randomRotation' | 'randomZoom';
  /** By name; a zoom without `width` keeps the proportions. */
  readonly factors: Readonly<Record<string, Range>>;
}

/** Options of layers that move pixels. */
export interface ResamplingOptions extends PlaceOptions {
  /** What lies beyond the edge. Default `reflect`. */
  readonly fillMode?: Resampling['fillMode'];
  /** Default `bilinear`. */
  readonly interpolation?: Resampling['interpolation'];
  /** Value beyond the edge for the fill mode `constant`. Default 0. */
  readonly fillValue?: number;
}

const RESAMPLING = ['fillMode', 'interpolation', 'fillValue', 'inputShape', 'name'] as const;

function parseResampling(where: string, options: ResamplingOptions): Resampling {
  const { fillMode = 'reflect', interpolation = 'bilinear', fillValue = 0 } = options;
  return {
    fillMode: requireName('LU_LAYER_OPTION', where, 'fillMode', fillMode, FILL_MODES),
    interpolation: requireName('LU_LAYER_OPTION', where, 'interpolation', interpolation, INTERPOLATIONS),
    fillValue: requireNumber('LU_LAYER_OPTION', where, 'fillValue', fillValue, ranges.finite),
  };
}

/** Reads a factor whose bounds lie from `least` to 1. */
function parseFactor(where: string, option: string, given: FactorOption, least = -1): Range {
  const isOne = typeof given === 'number';
  const [lower, upper] = isOne ? [-given, given] : given;
  const isWithin = (bound: unknown): boolean => typeof bound === 'number' && bound >= least && bound <= 1;
  if (isWithin(lower) && isWithin(upper) && lower <= upper) return { lower, upper };
  throw new LuthierError('LU_LAYER_OPTION', `${where}: ${option} is ${JSON.stringify(given)}`, {
    fix: `Give ${option} a number from 0 to 1, or [lower, upper] within [${least}, 1].`,
    where,
  });
}

/**
 * Turns images [height, width, channels] over while training: left to right, upside down, or both, each with probability
 * 1/2 for each image; the identity at inference.
 *
 * Which images is a pure function of seed, layer and step. Default `horizontalAndVertical`, as in Keras. Throws
 * `LU_LAYER_OPTION` for an unknown mode.
 *
 * @example
 * layers.randomFlip({ mode: 'horizontal' })
 */
export function randomFlip(
  options: PlaceOptions & { readonly mode?: RandomFlipLayer['mode'] } = {},
): RandomFlipLayer {
  const where = layerName('randomFlip', options);
  refuseUnknown('LU_LAYER_OPTION', where, options, ['mode', 'inputShape', 'name']);
  const mode = options.mode ?? 'horizontalAndVertical';
  return {
    kind: 'randomFlip',
    mode: requireName('LU_LAYER_OPTION', where, 'mode', mode, MODES),
    ...placeOptions(where, options),
  };
}

/**
 * Shifts images [height, width, channels] while training, each by its own share of height and width; the identity at
 * inference. A positive share shifts down, or right.
 *
 * `0.1` draws from [-0.1, 0.1], `[0, 0.2]` from there. The draw is a pure function of seed, layer and step; the bounds are
 * inputs of the compiled graph. Throws `LU_LAYER_OPTION` for bounds outside [-1, 1].
 *
 * @example
 * layers.randomTranslation({ heightFactor: 0.1, widthFactor: 0.1, fillMode: 'constant' })
 */
export function randomTranslation(
  options: ResamplingOptions & { readonly heightFactor: FactorOption; readonly widthFactor: FactorOption },
): RandomTransformLayer {
  const where = layerName('randomTranslation', options);
  refuseUnknown('LU_LAYER_OPTION', where, options, ['heightFactor', 'widthFactor', ...RESAMPLING]);
  return {
    kind: 'randomTranslation',
    factors: {
      height: parseFactor(where, 'heightFactor', options.heightFactor),
      width: parseFactor(where, 'widthFactor', options.widthFactor),
    },
    ...parseResampling(where, options),
    ...placeOptions(where, options),
  };
}

/**
 * Turns images [height, width, channels] around their centre while training, each by its own angle, as a share of a whole
 * turn counter-clockwise; the identity at inference.
 *
 * `0.1` draws from [-36°, 36°], `[0, 0.25]` from a quarter turn. The draw is a pure function of seed, layer and step; the
 * bounds are inputs of the compiled graph. Throws `LU_LAYER_OPTION` for bounds outside [-1, 1].
 *
 * @example
 * layers.randomRotation({ factor: 0.05 })
 */
export function randomRotation(
  options: ResamplingOptions & { readonly factor: FactorOption },
): RandomTransformLayer {
  const where = layerName('randomRotation', options);
  refuseUnknown('LU_LAYER_OPTION', where, options, ['factor', ...RESAMPLING]);
  return {
    kind: 'randomRotation',
    factors: { angle: parseFactor(where, 'factor', options.factor) },
    ...parseResampling(where, options),
    ...placeOptions(where, options),
  };
}

/**
 * Zooms images [height, width, channels] about their centre while training: `0.2` shows 20 % more of the height, which
 * makes things smaller, `-0.2` 20 % less; the identity at inference. Without `widthFactor` the proportions stay.
 *
 * A number f draws from [-f, f], `[lower, upper]` from there. The draw is a pure function of seed, layer and step; the
 * bounds are inputs of the compiled graph. Throws `LU_LAYER_OPTION` for bounds outside [-1, 1].
 *
 * @example
 * layers.randomZoom({ heightFactor: [-0.1, 0.3] })
 */
export function randomZoom(
  options: ResamplingOptions & { readonly heightFactor: FactorOption; readonly widthFactor?: FactorOption },
): RandomTransformLayer {
  const where = layerName('randomZoom', options);
  refuseUnknown('LU_LAYER_OPTION', where, options, ['heightFactor', 'widthFactor', ...RESAMPLING]);
  const { widthFactor } = options;
  return {
    kind: 'randomZoom',
    factors: {
      height: parseFactor(where, 'heightFactor', options.heightFactor),
      ...(widthFactor === undefined ? {} : { width: parseFactor(where, 'widthFactor', widthFactor) }),
    },
    ...parseResampling(where, options),
    ...placeOptions(where, options),
  };
}

/** An axis in reverse, for the images where a draw [batch] is below 1/2. */
function flipped(x: Node, axis: number, draw: Node): Node {
  const extent = x.shape[axis]!;
  const order = constant(
    Array.from({ length: extent }, (_, i) => extent - 1 - i),
    [extent],
    'int32',
  );
  return where(less(reshape(draw, [draw.shape[0]!, 1, 1, 1]), 0.5), gather(x, order, axis), x);
}

defineLayer<RandomFlipLayer>({
  kind: 'randomFlip',
  outputShape: (_layer, shape) => {
    requireRank(shape, 3, '[height, width, channels]');
    return shape;
  },
  structure: ({ mode }) => mode,
  forward: ({ mode }, { input, isTraining, randomKey }) => {
    if (!isTraining) return input;
    const batch = input.shape[0]!;
    const draws = randomUniform(randomKey(), [2, batch]);
    const draw = (i: number): Node => reshape(slice(draws, [i], [i + 1]), [batch]);
    const upright = mode === 'horizontal' ? input : flipped(input, 1, draw(0));
    return mode === 'vertical' ? upright : flipped(upright, 2, draw(1));
  },
});

/** The places that pixels come from, given factors [batch, 1, 1] by name. */
type Placing = (factor: (name: string) => Node, height: number, width: number) => Sources;

/** Places counted from the centre, from the corner. */
function fromCorner({ rows, columns }: Sources, height: number, width: number): Sources {
  return { rows: add(rows, (height - 1) / 2), columns: add(columns, (width - 1) / 2) };
}

const placings: Readonly<Record<RandomTransformLayer['kind'], Placing>> = {
  randomTranslation: (factor, height, width) => {
    const { rows, columns } = fromCorner(centred(height, width), height, width);
    return {
      rows: subtract(rows, multiply(factor('height'), height)),
      columns: subtract(columns, multiply(factor('width'), width)),
    };
  },
  randomRotation: (factor, height, width) => {
    const { rows, columns } = centred(height, width);
    const angle = multiply(factor('angle'), 2 * Math.PI);
    const [across, down] = [cosine(angle), sine(angle)];
    const turned = {
      columns: subtract(multiply(columns, across), multiply(rows, down)),
      rows: add(multiply(columns, down), multiply(rows, across)),
    };
    return fromCorner(turned, height, width);
  },
  randomZoom: (factor, height, width) => {
    const { rows, columns } = centred(height, width);
    const zoomed = {
      rows: multiply(rows, add(factor('height'), 1)),
      columns: multiply(columns, add(factor('width'), 1)),
    };
    return fromCorner(zoomed, height, width);
  },
};

/** One draw for each image and factor: [batch, 1, 1] by name. */
function drawn(
  layer: RandomTransformLayer,
  { input, knob, randomKey }: ForwardContext,
): (name: string) => Node {
  const batch = input.shape[0]!;
  const names = Object.keys(layer.factors);
  const draws = randomUniform(randomKey(), [names.length, batch]);
  return (name) => {
    // A factor that is absent is that of the height.
    const i = Math.max(0, names.indexOf(name));
    const [lower, upper] = [knob(`${names[i]}.lower`), knob(`${names[i]}.upper`)];
    const draw = reshape(slice(draws, [i], [i + 1]), [batch, 1, 1]);
    return add(lower, multiply(draw, subtract(upper, lower)));
  };
}

for (const kind of ['randomTranslation', 'randomRotation', 'randomZoom'] as const) {
  defineLayer<RandomTransformLayer>({
    kind,
    outputShape: (_layer, shape) => {
      requireRank(shape, 3, '[height, width, channels]');
      return shape;
    },
    knobs: ({ factors }) =>
      Object.fromEntries(
        Object.entries(factors).flatMap(([name, { lower, upper }]) => [
          [`${name}.lower`, lower],
          [`${name}.upper`, upper],
        ]),
      ),
    structure: ({ factors, fillMode, interpolation, fillValue }) => [
      Object.keys(factors),
      fillMode,
      interpolation,
      fillValue,
    ],
    forward: (layer, context) => {
      const { input, isTraining } = context;
      if (!isTraining) return input;
      const [, height, width] = input.shape as readonly [number, number, number, number];
      return resampled(input, placings[kind](drawn(layer, context), height, width), layer);
    },
  });
}
