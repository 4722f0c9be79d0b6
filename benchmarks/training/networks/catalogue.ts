import { type Model, mnist, type Samples } from '@luthier/nn';
import { bert } from './bert.ts';
import { cnn } from './cnn.ts';
import { mlp } from './mlp.ts';
import { attention, type Convolution, conv, dense, type Product, recurrence } from './products.ts';
import { RECURRENT, recurrent } from './recurrent.ts';
import { resnet8 } from './resnet8.ts';

/** Rows of the training part of MNIST, for all sides. */
export const ROWS = 50_000;
/** Rows of tokens. */
const TOKEN_ROWS = 4096;

/** A network that all sides train. */
export interface Network {
  readonly title: string;
  readonly batches: readonly number[];
  /** Most that a step may take of the time of the fastest other library as it installs. */
  readonly installedTarget: number;
  /** Most milliseconds to compile, where there is a figure to reach. */
  readonly compileTarget?: number;
  /** Samples to train on. */
  readonly rows: number;
  build(): Model;
  data(): Promise<Samples>;
  /** The products of matrices and convolutions that a step cannot do without. */
  products(batch: number): readonly Product[];
}

async function images(shape: readonly number[]): Promise<Samples> {
  const { train } = await mnist();
  return { x: { data: train.x.data, shape: [ROWS, ...shape] }, y: train.y };
}

async function tokens(): Promise<Samples> {
  // Numerical Recipes' generator: values do not matter here.
  let state = 1;
  const draw = (below: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  return {
    x: { data: Int32Array.from({ length: TOKEN_ROWS * 64 }, () => draw(1000)), shape: [TOKEN_ROWS, 64] },
    y: { data: Uint8Array.from({ length: TOKEN_ROWS }, () => draw(10)), shape: [TOKEN_ROWS] },
  };
}

/** A square kernel without margins, as in networks/cnn.ts. */
function valid(batch: number, side: number, channels: number, filters: number): Convolution {
  return { batch, side, channels, filters, size: 3, stride: 1, margins: [0, 0] };
}

/** A square kernel with as many places as pixels, or half as many. */
function same(
  batch: number,
  side: number,
  channels: number,
  filters: number,
  size = 3,
  stride = 1,
): Convolution {
  const around = Math.max(0, size - stride);
  const before = Math.floor(around / 2);
  return { batch, side, channels, filters, size, stride, margins: [before, around - before] };
}

function recurrentNetwork(name: keyof typeof RECURRENT): Network {
  const [cell, units] = RECURRENT[name];
  const gates = cell === 'lstm' ? 4 : 3;
  return {
    title: `${cell.toUpperCase()}, 28 steps of 28 pixels, ${units} units`,
    batches: [64],
    installedTarget: 0.6,
    rows: ROWS,
    build: () => recurrent(name),
    data: () => images([784]),
    products: (batch) => [...recurrence(batch, 28, 28, units, gates), ...dense(batch, units, 10)],
  };
}

/** The networks of the benchmark by name. */
export const NETWORKS: Readonly<Record<string, Network>> = {
  mlp: {
    title: 'MLP 784-512-128-10, dropout 0.2 twice',
    batches: [32, 128, 512],
    installedTarget: 0.6,
    compileTarget: 150,
    rows: ROWS,
    build: mlp,
    data: () => images([784]),
    products: (batch) => [
      ...dense(batch, 784, 512, true),
      ...dense(batch, 512, 128),
      ...dense(batch, 128, 10),
    ],
  },
  cnn: {
    title: 'CNN, two blocks of convolution 3 x 3, relu and pooling (16 and 32 filters), dropout 0.5',
    batches: [64],
    installedTarget: 0.9,
    rows: ROWS,
    build: cnn,
    data: () => images([28, 28, 1]),
    products: (batch) => [
      ...conv(valid(batch, 28, 1, 16), true),
      ...conv(valid(batch, 13, 16, 32)),
      ...dense(batch, 800, 10),
    ],
  },
  resnet8: {
    title: 'ResNet-8 on 28 x 28 (16, 32 and 64 filters), batch normalization, L2',
    batches: [64],
    installedTarget: 0.9,
    rows: ROWS,
    build: resnet8,
    data: () => images([28, 28, 1]),
    products: (batch) => [
      ...conv(same(batch, 28, 1, 16), true),
      ...[0, 1].flatMap(() => conv(same(batch, 28, 16, 16))),
      ...conv(same(batch, 28, 16, 32, 3, 2)),
      ...conv(same(batch, 28, 16, 32, 1, 2)),
      ...conv(same(batch, 14, 32, 32)),
      ...conv(same(batch, 14, 32, 64, 3, 2)),
      ...conv(same(batch, 14, 32, 64, 1, 2)),
      ...conv(same(batch, 7, 64, 64)),
      ...dense(batch, 64, 10),
    ],
  },
  lstm64: recurrentNetwork('lstm64'),
  lstm128: recurrentNetwork('lstm128'),
  gru64: recurrentNetwork('gru64'),
  gru128: recurrentNetwork('gru128'),
  bert: {
    title: 'Tiny BERT, 2 layers, 64 wide, 64 tokens, dropout 0.1',
    batches: [32],
    installedTarget: 0.9,
    compileTarget: 1000,
    rows: TOKEN_ROWS,
    build: bert,
    data: tokens,
    products: (batch) => [
      ...[0, 1].flatMap(() => [
        ...dense(batch * 64, 64, 192),
        ...attention(batch * 4, 64, 16),
        ...dense(batch * 64, 64, 64),
        ...dense(batch * 64, 64, 256),
        ...dense(batch * 64, 256, 64),
      ]),
      ...dense(batch, 64, 10),
    ],
  },
};
