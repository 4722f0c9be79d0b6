import type { Shape } from '../node.ts';
import type { Window } from './window.ts';

/** Images, kernels and their gradients have four axes. */
export type Four = readonly [number, number, number, number];

/** How a kernel moves over images, and in how many groups the channels are. */
export interface ConvAttributes extends Window {
  readonly groups: number;
}

/**
 * Visits each product of a convolution: positions of the pixel, of the weight and of the output. `images` and `outputs`
 * are the shapes on both sides.
 */
export function visitProducts(
  images: Shape,
  kernel: Shape,
  outputs: Shape,
  conv: ConvAttributes,
  visit: (pixel: number, weight: number, output: number) => void,
): void {
  const { strides, dilation, margins, groups } = conv;
  const [, height, width, all] = images as Four;
  const [tall, wide, channels, filters] = kernel as Four;
  const [batch, rows, cols] = outputs as Four;
  for (let image = 0; image < batch; image++) {
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < cols; column++) {
        for (let tap = 0; tap < tall * wide; tap++) {
          const y = row * strides[0] + Math.floor(tap / wide) * dilation[0] - margins[0];
          const z = column * strides[1] + (tap % wide) * dilation[1] - margins[2];
          if (y < 0 || y >= height || z < 0 || z >= width) continue;
          for (let filter = 0; filter < filters; filter++) {
            const first = Math.floor((filter * groups) / filters) * channels;
            const output = ((image * rows + row) * cols + column) * filters + filter;
            for (let c = 0; c < channels; c++) {
              const pixel = ((image * height + y) * width + z) * all + first + c;
              visit(pixel, (tap * channels + c) * filters + filter, output);
            }
          }
        }
      }
    }
  }
}
