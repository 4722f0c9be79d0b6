import { median } from '@luthier/core';

/** Rates that rules read off a curve. */
export type ScanSuggestions = Partial<Record<'valley' | 'steep' | 'minimum' | 'slide', number>>;

/** Where the longest falling subsequence of a curve begins and how long it is, as fastai counts them. */
function longestFall(losses: readonly number[]): { readonly start: number; readonly end: number } {
  const lengths = new Array<number>(losses.length).fill(1);
  let end = 0;
  let start = 0;
  for (let i = 1; i < losses.length; i++) {
    for (let j = 0; j < i; j++) {
      if (losses[i]! < losses[j]! && lengths[i]! < lengths[j]! + 1) lengths[i] = lengths[j]! + 1;
    }
    if (lengths[end]! < lengths[i]!) {
      end = i;
      start = end - lengths[end]!;
    }
  }
  return { start, end };
}

function valley(rates: readonly number[], losses: readonly number[]): number | undefined {
  const { start, end } = longestFall(losses);
  if (end === 0) return undefined;
  const section = (end - start) / 3;
  return rates[Math.max(0, start + Math.floor(section) + Math.floor(section / 2))];
}

function steep(rates: readonly number[], losses: readonly number[]): number | undefined {
  let best = 0;
  let at: number | undefined;
  for (let i = 0; i + 1 < losses.length; i++) {
    const slope = (losses[i + 1]! - losses[i]!) / Math.log(rates[i + 1]! / rates[i]!);
    if (slope < best) {
      best = slope;
      at = i;
    }
  }
  return at === undefined ? undefined : rates[at];
}

function minimum(rates: readonly number[], losses: readonly number[]): number | undefined {
  const at = losses.indexOf(Math.min(...losses));
  return at === 0 ? undefined : rates[at]! / 10;
}

const SLIDE_WINDOW = 15;
const SLIDE_DIFFERENCE = 0.005;

/** Central differences inside, one-sided at the ends, as `numpy.gradient`. */
function differences(values: readonly number[]): readonly number[] {
  const last = values.length - 1;
  return values.map((value, i) => {
    if (i === 0) return values[1]! - value;
    return i === last ? value - values[i - 1]! : (values[i + 1]! - values[i - 1]!) / 2;
  });
}

function slide(rates: readonly number[], losses: readonly number[]): number | undefined {
  if (losses.length <= SLIDE_WINDOW + 1) return undefined;
  const slopes = differences(losses);
  let right = losses.length - 1;
  let left = right - SLIDE_WINDOW;
  let found = rates[left];
  while (left >= 0 && Math.abs(slopes[right]! - slopes[left]!) > SLIDE_DIFFERENCE) {
    found = rates[left];
    right -= 1;
    left -= 1;
  }
  return found;
}

/**
 * The learning rates that four rules read off a smoothed curve of loss against rate.
 *
 * `valley`: middle of the middle third of the longest falling subsequence; `steep`: steepest fall against log rate; `minimum`:
 * a tenth of the rate with the smallest loss; `slide`: from the right, where the slopes at both ends of a window of 15 points
 * become alike. A rule that finds no fall is absent. Reference: fastai `fastai.callback.schedule`, Smith 2017.
 *
 * @example
 * scanSuggestions(scan.rates, scan.losses).valley
 */
export function scanSuggestions(rates: readonly number[], losses: readonly number[]): ScanSuggestions {
  if (losses.length < 3) return {};
  const found = {
    valley: valley(rates, losses),
    steep: steep(rates, losses),
    minimum: minimum(rates, losses),
    slide: slide(rates, losses),
  };
  return Object.fromEntries(Object.entries(found).filter(([, rate]) => rate !== undefined));
}

/** The middle of several rates on the logarithmic scale, and the decades between the outermost. */
export function consensus(rates: readonly number[]): { readonly rate: number; readonly spread: number } {
  const logs = rates.map(Math.log10);
  return { rate: 10 ** median(logs), spread: Math.max(...logs) - Math.min(...logs) };
}
