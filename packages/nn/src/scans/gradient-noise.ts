import { generator, LuthierError, randomKey } from '@luthier/core';
import { ranges, refuseUnknown, requireNumber } from '../layers/options.ts';
import { borrowBatchProgram, dataFeeds, knobFeeds, weightFeeds } from '../training/evaluation.ts';
import type { Model } from '../training/model.ts';
import type { ModelInside } from '../training/model-inside.ts';
import { probeGraph } from '../training/probe-graphs.ts';
import { mapData, type SamplesLike, takeRows } from '../training/tables.ts';

/** Options of `gradientNoise`. */
export interface GradientNoiseOptions {
  /** Default 8, 32 and 128, as far as there are twice as many samples. */
  readonly sizes?: readonly number[];
  /** Batches drawn of each size. Default 16. */
  readonly repeats?: number;
  /** Default 0. */
  readonly seed?: number;
}

/** How noisy gradients are at the weights as they stand. */
export interface GradientNoise {
  /** Squared norm of the gradient over all samples. */
  readonly gradientSquare: number;
  /** `variance`: mean squared distance between the gradient of such a batch and that over all samples. */
  readonly sizes: readonly { readonly batchSize: number; readonly variance: number }[];
  /**
   * The simple noise scale, in samples: trace of the covariance of one sample's gradient over the squared norm of the mean. Batches
   * far below it save nothing but make noisy steps; far above it they cost more samples for the same progress.
   */
  readonly noiseScale: number;
}

const CODE = 'LU_SCAN_OPTION';
const WHERE = 'gradientNoise';

async function squareOver({ task, weights, knobs, samples }: ModelInside, rows: Int32Array): Promise<number> {
  const program = await borrowBatchProgram('probe', task, rows.length, probeGraph);
  try {
    const results = await program.run(
      {
        ...weightFeeds(task, weights),
        ...knobFeeds(program.description.knobs, knobs),
        ...dataFeeds(mapData(samples, (table) => takeRows(table, rows))),
      },
      ['gradientNorm'],
    );
    return Number(results.gradientNorm!.data[0]) ** 2;
  } finally {
    program.giveBack();
  }
}

/**
 * Noise of mini-batch gradients at fixed weights, in evaluation mode.
 *
 * A batch of B of N samples, drawn without repetition, has E|g_B|^2 = |G|^2 + tr(S)/B (N - B)/(N - 1): the variance falls as one
 * over the batch size. The noise scale is tr(S)/|G|^2. Reference: McCandlish, Kaplan, Amodei and others 2018, "An empirical model of
 * large-batch training". Throws LU_SCAN_OPTION, LU_DATA_*.
 *
 * @example
 * (await gradientNoise(model, train)).noiseScale
 */
export async function gradientNoise(
  model: Model,
  data: SamplesLike,
  options: GradientNoiseOptions = {},
): Promise<GradientNoise> {
  refuseUnknown(CODE, WHERE, options, ['sizes', 'repeats', 'seed']);
  const repeats = requireNumber(CODE, WHERE, 'repeats', options.repeats ?? 16, ranges.count);
  const seed = requireNumber(CODE, WHERE, 'seed', options.seed ?? 0, ranges.finite);
  const inside = model.inside(data);
  const { rows } = inside.samples.xs[0]!;
  const sizes = options.sizes ?? [8, 32, 128].filter((size) => 2 * size <= rows);
  for (const size of sizes) {
    requireNumber(CODE, WHERE, 'sizes', size, {
      text: `the integers from 1 to ${rows - 1}, the number of samples less one`,
      holds: (value) => Number.isInteger(value) && value >= 1 && value < rows,
    });
  }
  if (sizes.length === 0) {
    throw new LuthierError(CODE, `${WHERE}: ${rows} samples are too few to tell noise from signal`, {
      fix: 'Give at least 16 samples, or sizes below their number.',
      where: WHERE,
    });
  }
  const whole = await squareOver(
    inside,
    Int32Array.from({ length: rows }, (_, i) => i),
  );
  const found: { readonly batchSize: number; readonly variance: number; readonly trace: number }[] = [];
  for (const batchSize of sizes) {
    let sum = 0;
    for (let repeat = 0; repeat < repeats; repeat++) {
      const order = generator(randomKey(seed, 'gradientNoise', batchSize, repeat)).permutation(rows);
      sum += await squareOver(inside, order.slice(0, batchSize));
    }
    const variance = Math.max(0, sum / repeats - whole);
    const trace = (variance * batchSize * (rows - 1)) / (rows - batchSize);
    found.push({ batchSize, variance, trace });
  }
  const trace = found.reduce((sum, one) => sum + one.trace, 0) / found.length;
  return {
    gradientSquare: whole,
    sizes: found.map(({ batchSize, variance }) => ({ batchSize, variance })),
    noiseScale: trace / whole,
  };
}
