import { add, multiply } from '../graph/ops/arithmetic.ts';
import { defineLayer, type Layer } from './layer.ts';
import { ranges, refuseUnknown, requireNumber } from './options.ts';

/** A fixed linear map of the inputs. */
export interface RescalingLayer extends Layer {
  readonly kind: 'rescaling';
  readonly scale: number;
  readonly offset: number;
}

/**
 * `x * scale + offset`, in training and at inference.
 *
 * As first layer it keeps pixels as bytes in memory: they are gathered, cast and scaled batch by batch inside the
 * compiled graph. Default: offset 0. Throws `LU_LAYER_OPTION` for a number that is not finite.
 *
 * @example
 * layers.rescaling({ scale: 1 / 255 })
 */
export function rescaling(options: {
  readonly scale: number;
  readonly offset?: number;
  readonly inputShape?: readonly number[];
  readonly name?: string;
}): RescalingLayer {
  const where = 'layer rescaling';
  refuseUnknown('LU_LAYER_OPTION', where, options, ['scale', 'offset', 'inputShape', 'name']);
  const scale = requireNumber('LU_LAYER_OPTION', where, 'scale', options.scale, ranges.finite);
  const offset = requireNumber('LU_LAYER_OPTION', where, 'offset', options.offset ?? 0, ranges.finite);
  return { kind: 'rescaling', ...options, scale, offset };
}

defineLayer<RescalingLayer>({
  kind: 'rescaling',
  passesMask: true,
  outputShape: (_layer, shape) => shape,
  structure: ({ scale, offset }) => [scale, offset],
  forward: ({ scale, offset }, { input }) => {
    const scaled = multiply(input, scale);
    return offset === 0 ? scaled : add(scaled, offset);
  },
});
