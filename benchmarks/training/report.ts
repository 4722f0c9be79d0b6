/** What is trained. */
export interface Setting {
  readonly optimizer: 'adam' | 'sgd';
  readonly batch: number;
}

/** Who is measured; `products` are the matrix products alone. */
export type Side = 'luthier' | 'products' | 'torch' | 'torchForeach' | 'torchFused' | 'tfjs';

/** Milliseconds a step of every round, by side; rounds of equal index ran one after the other. */
export interface Outcome {
  readonly setting: Setting;
  readonly times: Readonly<Partial<Record<Side, readonly number[]>>>;
}

/** All that one run measured. */
export interface Results {
  readonly date: string;
  readonly machine: string;
  readonly versions: readonly string[];
  readonly absent: readonly string[];
  readonly rounds: number;
  /** Load average over a minute, before and after: above 1, others used the machine too. */
  readonly load: readonly [number, number];
  readonly parameters: number;
  readonly copyBytesPerSecond: number;
  readonly outcomes: readonly Outcome[];
}

const LABELS: Readonly<Record<Side, string>> = {
  luthier: 'Luthier',
  torch: 'PyTorch as installed',
  torchForeach: 'PyTorch, foreach, allocator pinned',
  torchFused: 'PyTorch, fused, allocator pinned',
  tfjs: 'TensorFlow.js wasm',
  products: 'Matrix products alone',
};

/** Float32 blocks that one update reads and writes once: weights and the optimizer's states. */
const BLOCKS: Readonly<Record<Setting['optimizer'], number>> = { adam: 6, sgd: 4 };

const OPTIMIZERS: Readonly<Record<Setting['optimizer'], string>> = {
  adam: 'Adam',
  sgd: 'SGD, momentum 0.9',
};

/** The middle value, or the mean of the middle two. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Median over the rounds of our time over theirs: pairs are neighbours in time, so load of the machine cancels. */
export function pairedRatio(ours: readonly number[], theirs: readonly number[]): number {
  return median(ours.map((time, i) => time / theirs[i]!));
}

function shown(ratio: number): string {
  return ratio.toFixed(ratio < 0.1 ? 3 : 2);
}

function sideRow(side: Side, { times }: Outcome): string {
  const own = times[side]!;
  const ratio = side === 'luthier' ? '' : shown(pairedRatio(times.luthier!, own));
  return `| ${LABELS[side]} | ${Math.min(...own).toFixed(2)} | ${median(own).toFixed(2)} | ${ratio} |`;
}

function section(outcome: Outcome, results: Results): readonly string[] {
  const { setting, times } = outcome;
  const sides = (Object.keys(LABELS) as Side[]).filter((side) => times[side] !== undefined);
  const passMs = (BLOCKS[setting.optimizer] * results.parameters * 4 * 1000) / results.copyBytesPerSecond;
  const products = times.products!;
  const floors = products.map((time) => time + passMs);
  return [
    `## ${OPTIMIZERS[setting.optimizer]}, batch ${setting.batch}`,
    '',
    '| | ms a step, least | median | Luthier / it |',
    '|---|---|---|---|',
    ...sides.map((side) => sideRow(side, outcome)),
    `| Floor: products and one pass over parameters and states | ${Math.min(...floors).toFixed(2)} | ${median(floors).toFixed(2)} | ${shown(pairedRatio(times.luthier!, floors))} |`,
    '',
  ];
}

/** The results as Markdown. */
export function report(results: Results): string {
  const gigabytes = results.copyBytesPerSecond / 1e9;
  return [
    '# One training step of the digit network',
    '',
    '784-512-128-10, relu, dropout 0.2 twice, cross-entropy; one thread; batches gathered from the uint8 images of MNIST;',
    'the loss of every step is kept and read rarely. Luthier also measures accuracy and penalty of every step.',
    '',
    `Measured on ${results.date}: ${results.machine}. ${results.versions.join('; ')}.`,
    `${results.rounds} rounds, the sides in turns; the last column is the median of the ratios within a round.`,
    `Load of the machine before and after: ${results.load.map((load) => load.toFixed(1)).join(' and ')}.`,
    `Copying runs at ${gigabytes.toFixed(0)} GB/s, reading and writing counted.`,
    ...results.absent.map((text) => `\nLeft out: ${text}.`),
    '',
    ...results.outcomes.flatMap((outcome) => section(outcome, results)),
  ].join('\n');
}
