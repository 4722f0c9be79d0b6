import { LuthierError } from '@luthier/core';
import { ranges, refuseUnknown, requireNumber } from '../layers/options.ts';
import type { Model } from '../training/model.ts';
import type { SamplesLike } from '../training/tables.ts';
import { type GradientNoise, gradientNoise } from './gradient-noise.ts';
import { memoryEstimate, memoryOf } from './memory-estimate.ts';

/** Options of `batchSizeFinder`. */
export interface BatchSizeFinderOptions {
  /** Sizes to try. Default the powers of two from 1 to 1024, as far as there are samples. */
  readonly sizes?: readonly number[];
  /** Bytes that training may take. Default 1 GiB. */
  readonly memoryBudget?: number;
  /** Seconds of training that each size is measured for, after it is warm. Default 0.2. */
  readonly secondsPerSize?: number;
  /** Measure the gradient-noise scale, too. Default true. */
  readonly noise?: boolean;
  /** A rate that suits `rateBatchSize`; the table then has the linearly scaled one for each size. */
  readonly learningRate?: number;
  /** Default 32. */
  readonly rateBatchSize?: number;
  /** Default 0. */
  readonly seed?: number;
}

/** One batch size with what speaks for and against it. */
export interface BatchSizeRow {
  readonly batchSize: number;
  /** Bytes, estimated. */
  readonly bytes: number;
  readonly fits: boolean;
  /** Absent for a size that does not fit: it is not tried. */
  readonly samplesPerSecond?: number;
  /** Updates in one pass over the data. */
  readonly updatesPerEpoch: number;
  readonly learningRate?: number;
  /** One sentence. */
  readonly text: string;
}

/** What `batchSizeFinder` returns: a table with reasons. */
export interface BatchSizeReport {
  readonly rows: readonly BatchSizeRow[];
  readonly memoryBudget: number;
  readonly bytesPerSample: number;
  /** Largest of the sizes within the budget. */
  readonly largest: number;
  /** Smallest size that reaches 90 % of the largest throughput. */
  readonly knee: number;
  readonly noise?: GradientNoise;
  /** Where to start. Never above `largest`. */
  readonly suggestion: number;
  readonly text: string;
}

const CODE = 'LU_SCAN_OPTION';
const WHERE = 'batchSizeFinder';
const KNEE = 0.9;
/** Where the lessons start. */
const USUAL = { least: 32, most: 256 } as const;
const WARM_STEPS = 3;
const GIB = 2 ** 30;

/**
 * The learning rate for another batch size: `rate * to / from` (linear), or with the square root of that (`sqrt`, often better
 * for Adam).
 *
 * Larger batches average away noise, so that larger steps are safe; beyond some thousand samples the rule breaks, and a
 * warm-up is needed before. Reference: Goyal and others 2017, "Accurate, large minibatch SGD". Throws LU_SCAN_OPTION.
 *
 * @example
 * scaleLearningRate(0.1, { from: 256, to: 1024 }) // 0.4
 */
export function scaleLearningRate(
  rate: number,
  sizes: { readonly from: number; readonly to: number; readonly rule?: 'linear' | 'sqrt' },
): number {
  requireNumber(CODE, 'scaleLearningRate', 'rate', rate, ranges.notNegative);
  requireNumber(CODE, 'scaleLearningRate', 'from', sizes.from, ranges.count);
  requireNumber(CODE, 'scaleLearningRate', 'to', sizes.to, ranges.count);
  const factor = sizes.to / sizes.from;
  return rate * (sizes.rule === 'sqrt' ? Math.sqrt(factor) : factor);
}

/** Samples a second in training, on a copy of the model. */
async function throughput(
  model: Model,
  data: SamplesLike,
  batchSize: number,
  seconds: number,
): Promise<number> {
  const copy = model.clone();
  const stop = new AbortController();
  let warm: { readonly at: number; readonly step: number } | undefined;
  let now = { at: performance.now(), step: 0 };
  const begun = now;
  let first: number | undefined;
  try {
    await copy.fit(data, {
      epochs: 1_000_000,
      batchSize,
      signal: stop.signal,
      onCall: ({ step }) => {
        first ??= step - 1;
        now = { at: performance.now(), step: step - first };
        if (warm === undefined && now.step >= WARM_STEPS) warm = now;
        else if (warm !== undefined && now.at - warm.at >= seconds * 1000) stop.abort();
      },
    });
  } finally {
    copy.dispose();
  }
  const from = warm ?? begun;
  return ((now.step - from.step) * batchSize * 1000) / Math.max(1e-6, now.at - from.at);
}

function readSizes(given: readonly number[] | undefined, rows: number): readonly number[] {
  const sizes = given ?? Array.from({ length: 11 }, (_, power) => 2 ** power).filter((size) => size <= rows);
  for (const size of sizes) {
    requireNumber(CODE, WHERE, 'sizes', size, {
      text: `the integers from 1 to ${rows}, the number of samples`,
      holds: (value) => Number.isInteger(value) && value >= 1 && value <= rows,
    });
  }
  if (sizes.length > 0) return [...new Set(sizes)].sort((a, b) => a - b);
  throw new LuthierError(CODE, `${WHERE}: sizes is empty`, {
    fix: 'Give at least one size.',
    where: 'sizes',
  });
}

function rowText(
  row: Pick<BatchSizeRow, 'batchSize' | 'fits' | 'samplesPerSecond'>,
  fastest: number,
  knee: number,
  noiseScale: number | undefined,
): string {
  const { batchSize, fits, samplesPerSecond = 0 } = row;
  if (!fits) return 'more memory than the budget';
  const share = Math.round((100 * samplesPerSecond) / fastest);
  const speed =
    batchSize === knee
      ? `the smallest with ${share} % of the largest throughput`
      : `${share} % of the largest throughput`;
  if (noiseScale === undefined || !Number.isFinite(noiseScale)) return speed;
  if (batchSize > 2 * noiseScale)
    return `${speed}; above the noise scale, so more samples for the same progress`;
  return batchSize < noiseScale / 2 ? `${speed}; noisy steps` : speed;
}

/**
 * Batch sizes side by side: memory, throughput, noise of the gradient, and the learning rate to use.
 *
 * Memory is counted from shapes, as running out of it cannot be caught; a size above the budget is never tried. Throughput is measured
 * on copies, so the model stays as it is. The suggestion is the knee of the throughput, between 32 and 256 and within the
 * budget: smaller batches are noisier and may generalize better, larger ones are stable and may want a higher rate. Find the batch
 * size before the learning rate.
 *
 * Throws LU_SCAN_OPTION, LU_SCAN_MEMORY when not even the smallest size fits, and LU_DATA_*.
 *
 * @example
 * const { rows, suggestion, text } = await batchSizeFinder(buildModel(), train, { memoryBudget: 2 ** 30 });
 */
export async function batchSizeFinder(
  model: Model,
  data: SamplesLike,
  options: BatchSizeFinderOptions = {},
): Promise<BatchSizeReport> {
  refuseUnknown(CODE, WHERE, options, [
    'sizes',
    'memoryBudget',
    'secondsPerSize',
    'noise',
    'learningRate',
    'rateBatchSize',
    'seed',
  ]);
  const read = (name: 'memoryBudget' | 'secondsPerSize' | 'learningRate', fallback: number): number =>
    requireNumber(CODE, WHERE, name, options[name] ?? fallback, ranges.positive);
  const memoryBudget = read('memoryBudget', GIB);
  const seconds = read('secondsPerSize', 0.2);
  const rateBatchSize = requireNumber(
    CODE,
    WHERE,
    'rateBatchSize',
    options.rateBatchSize ?? 32,
    ranges.count,
  );
  const memory = memoryEstimate(model, data);
  const count = model.inside(data).samples.xs[0]!.rows;
  const sizes = readSizes(options.sizes, count);
  const fitting = sizes.filter((size) => memoryOf(memory, size) <= memoryBudget);
  const largest = fitting.at(-1);
  if (largest === undefined) {
    throw new LuthierError(
      'LU_SCAN_MEMORY',
      `${WHERE}: a batch of ${sizes[0]} takes ${memoryOf(memory, sizes[0]!)} bytes, more than the budget of ${memoryBudget}`,
      { fix: 'Raise memoryBudget, or make the model smaller.', where: 'memoryBudget' },
    );
  }
  const speeds = new Map<number, number>();
  for (const size of fitting) speeds.set(size, await throughput(model, data, size, seconds));
  const fastest = Math.max(...speeds.values());
  const knee = fitting.find((size) => speeds.get(size)! >= KNEE * fastest)!;
  const seed = requireNumber(CODE, WHERE, 'seed', options.seed ?? 0, ranges.finite);
  const noise =
    options.noise === false || count < 16 ? undefined : await gradientNoise(model, data, { seed });
  const usual = Math.min(USUAL.most, Math.max(USUAL.least, knee));
  const suggestion = fitting.findLast((size) => size <= usual) ?? fitting[0]!;
  const { learningRate } = options;
  const rows = sizes.map((batchSize): BatchSizeRow => {
    const speed = speeds.get(batchSize);
    const row = {
      batchSize,
      bytes: memoryOf(memory, batchSize),
      fits: speed !== undefined,
      ...(speed === undefined ? {} : { samplesPerSecond: speed }),
      updatesPerEpoch: Math.ceil(count / batchSize),
      ...(learningRate === undefined
        ? {}
        : { learningRate: scaleLearningRate(learningRate, { from: rateBatchSize, to: batchSize }) }),
    };
    return { ...row, text: rowText(row, fastest, knee, noise?.noiseScale) };
  });
  const scale =
    noise === undefined
      ? ''
      : `; the gradient-noise scale here is about ${Number(noise.noiseScale.toPrecision(2))}`;
  return {
    rows,
    memoryBudget,
    bytesPerSample: memory.perSample,
    largest,
    knee,
    ...(noise === undefined ? {} : { noise }),
    suggestion,
    text: `start with ${suggestion}: throughput levels out at ${knee}, memory allows ${largest}${scale}`,
  };
}
