/** `count` products of matrices [m, k] and [k, n], each of its own operands, or one after the other with the same right one. */
export interface MatrixProduct {
  readonly count: number;
  readonly isInTurn?: boolean;
  readonly m: number;
  readonly k: number;
  readonly n: number;
}

/** A convolution over square images; `margins` are rows and columns put before and after them. */
export interface Convolution {
  readonly batch: number;
  readonly side: number;
  readonly channels: number;
  readonly filters: number;
  readonly size: number;
  readonly stride: number;
  readonly margins: readonly [number, number];
}

/** A product of a training step, however it is computed. */
export type Product = MatrixProduct | Convolution;

function product(m: number, k: number, n: number, count = 1): MatrixProduct {
  return { count, m, k, n };
}

/** Products of a dense layer over rows: forward, gradient of the kernel and, unless it is the first, of the inputs. */
export function dense(rows: number, inputs: number, outputs: number, isFirst = false): readonly Product[] {
  return [
    product(rows, inputs, outputs),
    product(inputs, rows, outputs),
    ...(isFirst ? [] : [product(rows, outputs, inputs)]),
  ];
}

/** Places of a window along one axis. */
export function windows({ side, size, stride, margins }: Convolution): number {
  return Math.floor((side + margins[0] + margins[1] - size) / stride) + 1;
}

/** Rows are windows, columns what they see. */
export function unrolled(conv: Convolution): MatrixProduct {
  const { batch, channels, filters, size } = conv;
  return product(batch * windows(conv) ** 2, size * size * channels, filters);
}

/** Products of a convolution: forward, gradient of the kernel and, unless it is the first, of the images. */
export function conv(layer: Convolution, isFirst = false): readonly Product[] {
  const { m, k, n } = unrolled(layer);
  const { filters, channels, stride, size, margins } = layer;
  const turned = margins.map((margin) => size - 1 - margin) as [number, number];
  const back: Product =
    stride === 1
      ? { ...layer, side: windows(layer), channels: filters, filters: channels, margins: turned }
      : product(m, n, k);
  return [layer, product(k, m, n), ...(isFirst ? [] : [back])];
}

/** Products of a recurrent layer with so many gates: all inputs at once, then the states step by step. */
export function recurrence(
  batch: number,
  steps: number,
  inputs: number,
  units: number,
  gates: number,
): readonly Product[] {
  const wide = gates * units;
  return [
    ...dense(batch * steps, inputs, wide, true),
    { ...product(batch, units, wide, steps), isInTurn: true },
    { ...product(batch, wide, units, steps), isInTurn: true },
    product(units, batch * steps, wide),
  ];
}

/** Products of attention between the steps of `heads` heads of so many samples: scores, values, and their gradients. */
export function attention(heads: number, steps: number, width: number): readonly Product[] {
  const [scores, values] = [product(steps, width, steps, heads), product(steps, steps, width, heads)];
  return [scores, values, values, values, scores, values];
}
