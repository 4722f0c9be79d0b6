import { type LearningRateScan, LuthierError, median, randomKey, type ScanCurve } from '@luthier/core';
import { ranges, refuseUnknown, requireNumber } from '../layers/options.ts';
import type { Model } from '../training/model.ts';
import type { SamplesLike } from '../training/tables.ts';
import { runawayIndex, smooth } from './scan-curve.ts';
import { consensus, scanSuggestions } from './scan-suggestions.ts';

/** Options of `lrScan`. */
export interface LrScanOptions {
  /** Rate of the first step. Default 1e-4. */
  readonly min?: number;
  /** Rate of the last step. Default 1e-1. */
  readonly max?: number;
  /** Steps, at least 20; the data are passed over as often as that takes. Default 100. */
  readonly steps?: number;
  /** Default 32. */
  readonly batchSize?: number;
  /** Runs, each with another order of the data (and other first weights, where the model has none yet). Default 3. */
  readonly seeds?: number;
  /** Default 0. */
  readonly seed?: number;
  /** Throws its reason when it aborts. */
  readonly signal?: AbortSignal;
  /** After each run. */
  readonly onCurve?: (curve: ScanCurve) => void;
}

const CODE = 'LU_SCAN_OPTION';
const WHERE = 'lrScan';
/** The bell that smooths the curve, as a share of the steps. */
const BELL = 0.04;

function readOptions(options: LrScanOptions) {
  refuseUnknown(CODE, WHERE, options, [
    'min',
    'max',
    'steps',
    'batchSize',
    'seeds',
    'seed',
    'signal',
    'onCurve',
  ]);
  const min = requireNumber(CODE, WHERE, 'min', options.min ?? 1e-4, ranges.positive);
  const max = requireNumber(CODE, WHERE, 'max', options.max ?? 1e-1, {
    text: `(${min}, Infinity)`,
    holds: (value) => value > min,
  });
  const steps = requireNumber(CODE, WHERE, 'steps', options.steps ?? 100, {
    text: 'the integers from 20',
    holds: (value) => Number.isInteger(value) && value >= 20,
  });
  const batchSize = requireNumber(CODE, WHERE, 'batchSize', options.batchSize ?? 32, ranges.count);
  const seeds = requireNumber(CODE, WHERE, 'seeds', options.seeds ?? 3, ranges.count);
  const seed = requireNumber(CODE, WHERE, 'seed', options.seed ?? 0, ranges.finite);
  return { min, max, steps, batchSize, seeds, seed };
}

interface Sweep {
  readonly rateAt: (step: number) => number;
  readonly steps: number;
  readonly batchSize: number;
  readonly signal?: AbortSignal;
}

/** One run over rising rates, on a copy. */
async function sweep(copy: Model, data: SamplesLike, seed: number, options: Sweep): Promise<ScanCurve> {
  const { rateAt, steps, batchSize, signal } = options;
  const enough = new AbortController();
  const stop = (): void => enough.abort();
  signal?.addEventListener('abort', stop, { once: true });
  const rates: number[] = [];
  const losses: number[] = [];
  let made = 0;
  try {
    signal?.throwIfAborted();
    await copy.fit(data, {
      epochs: steps,
      batchSize,
      seed,
      signal: enough.signal,
      onStep: ({ samples, loss }) => {
        const rate = rateAt(made);
        made += 1;
        // The short last batch of an epoch is noisier than the others.
        if (made > steps || (samples < batchSize && losses.length > 0)) return;
        rates.push(rate);
        losses.push(loss);
      },
      onCall: () => {
        if (made >= steps || runawayIndex(losses) !== undefined) enough.abort();
      },
    });
    signal?.throwIfAborted();
  } finally {
    signal?.removeEventListener('abort', stop);
    copy.dispose();
  }
  const end = runawayIndex(losses);
  if (end === undefined) return { seed, rates, losses };
  return { seed, rates: rates.slice(0, end + 1), losses: losses.slice(0, end + 1), divergedAt: rates[end]! };
}

function short(rate: number): string {
  return String(Number(rate.toPrecision(2)));
}

function describe(scan: Omit<LearningRateScan, 'text'>): string {
  const { suggestion, spread, divergence, max } = scan;
  const end =
    divergence === undefined
      ? `no run diverged up to ${short(max)}; larger rates may work, too`
      : `the loss runs away at about ${short(divergence)}`;
  if (suggestion === undefined) {
    return `the loss fell at no rate: ${end}; look at data and model, or scan a wider range`;
  }
  const sure =
    spread <= 0.5
      ? 'the rules agree'
      : spread <= 1
        ? 'the rules agree within a decade'
        : `the rules differ by ${spread.toFixed(1)} decades: take it as a starting point`;
  return `try ${short(suggestion)} (${sure}); ${end}`;
}

/**
 * Learning-rate range test: trains for some steps while the rate rises from `min` to `max`, and reads good rates off the curve.
 *
 * Rates are `min (max / min)^(i / (steps - 1))`. A model is scanned from where it stands, a function that builds one from new weights
 * a run. The scan trains copies: weights, optimizer states, counts and random numbers of the model stay as they are. The curve
 * is the mean over the runs, smoothed to both sides; a run ends where the mean of 5 losses exceeds 4 times the best. The
 * suggestion is the middle of four rules, see `scanSuggestions`. Choose the batch size first: rates depend on it.
 *
 * Defaults: 1e-4 to 1e-1, 100 steps, batches of 32, 3 runs. For an unknown problem scan 1e-6 to 1. Throws LU_SCAN_OPTION,
 * LU_MODEL_RATE, and what `fit` throws. Reference: Smith 2017, "Cyclical learning rates for training neural networks".
 *
 * @example
 * const { suggestion, divergence, text } = await lrScan(() => buildModel(), train);
 */
export async function lrScan(
  model: Model | (() => Model | Promise<Model>),
  data: SamplesLike,
  options: LrScanOptions = {},
): Promise<LearningRateScan> {
  const { min, max, steps, batchSize, seeds, seed } = readOptions(options);
  const rateAt = (step: number): number => min * (max / min) ** (Math.min(step, steps - 1) / (steps - 1));
  const curves: ScanCurve[] = [];
  for (let run = 0; run < seeds; run++) {
    const original = typeof model === 'function' ? await model() : model;
    const batches = original.batchesPerUpdate;
    const copy = original.clone({ rateAt: (update) => rateAt(update * batches) });
    const curve = await sweep(copy, data, run === 0 ? seed : randomKey(seed, 'scan', run).k0, {
      rateAt: (step) => rateAt(Math.floor(step / batches) * batches),
      steps,
      batchSize,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    curves.push(curve);
    options.onCurve?.(curve);
  }
  return summarizeScan(curves, { min, max, batchSize, width: Math.max(1, BELL * steps) });
}

/** What the runs of a scan say together. */
export function summarizeScan(
  curves: readonly ScanCurve[],
  setting: { readonly min: number; readonly max: number; readonly batchSize: number; readonly width: number },
): LearningRateScan {
  const { width, ...rest } = setting;
  const finite = curves.map(({ losses }) => losses.filter(Number.isFinite));
  const length = Math.min(...finite.map((losses) => losses.length));
  const smoothed = finite.map((losses) => smooth(losses, width).slice(0, length));
  const over = (pick: (values: readonly number[]) => number): readonly number[] =>
    Array.from({ length }, (_, i) => pick(smoothed.map((losses) => losses[i]!)));
  const rates = curves[0]!.rates.slice(0, length);
  const losses = over((values) => values.reduce((sum, value) => sum + value, 0) / values.length);
  const suggestions = scanSuggestions(rates, losses);
  const found = Object.values(suggestions);
  const agreed = found.length === 0 ? undefined : consensus(found);
  const ends = curves.map(({ divergedAt }) => divergedAt ?? Number.POSITIVE_INFINITY);
  const divergence = median(ends);
  const scan = {
    ...rest,
    rates,
    losses,
    low: over((values) => Math.min(...values)),
    high: over((values) => Math.max(...values)),
    curves,
    suggestions,
    ...(agreed === undefined ? {} : { suggestion: agreed.rate }),
    spread: agreed?.spread ?? Number.NaN,
    ...(Number.isFinite(divergence) ? { divergence } : {}),
  };
  if (rates.length === 0) {
    throw new LuthierError('LU_SCAN_LOSS', `${WHERE}: the loss is not finite from the first step on`, {
      fix: 'Look for NaN or huge numbers in the data, and check the loss.',
      where: WHERE,
    });
  }
  return { ...scan, text: describe(scan) };
}
