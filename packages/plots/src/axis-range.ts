/** Ends of an axis on round numbers, and the distance of its ticks. */
export interface AxisRange {
  readonly min: number;
  readonly max: number;
  readonly interval: number;
}

function quantile(sorted: readonly number[], share: number): number {
  const at = share * (sorted.length - 1);
  const low = sorted[Math.floor(at)]!;
  return low + (at - Math.floor(at)) * (sorted[Math.ceil(at)]! - low);
}

function roundStep(span: number, ticks: number): number {
  const raw = span / ticks;
  const power = 10 ** Math.floor(Math.log10(raw));
  const factor = [1, 2, 2.5, 5, 10].find((candidate) => candidate * power >= raw * (1 - 1e-9)) ?? 10;
  return factor * power;
}

/** Beyond these the arithmetic of ticks leaves the range of numbers. */
const LARGEST = 1e300;
const SMALLEST = 1e-300;

/** `value` without the noise of binary fractions. */
function exact(value: number): number {
  return Number(value.toPrecision(12));
}

/**
 * The range of an axis that shows all good values and those bad ones that are not far off: on the bad side it ends at
 * the worst value within three interquartile ranges of the quartile, so that a diverged trial does not squash the rest.
 *
 * Values that are not finite are ignored; without any the range is 0 to 1.
 *
 * @example
 * axisRange([0.9, 0.91, 0.92, 0.93, -1e9], 'maximize') // { min: 0.9, max: 0.93, interval: 0.01 }
 */
export function axisRange(values: readonly number[], direction: 'minimize' | 'maximize'): AxisRange {
  const sorted = values.filter((value) => Math.abs(value) <= LARGEST).toSorted((a, b) => a - b);
  if (sorted.length === 0) return { min: 0, max: 1, interval: 0.2 };
  const [q1, q3] = [quantile(sorted, 0.25), quantile(sorted, 0.75)];
  const reach = 3 * (q3 - q1);
  const near = sorted.filter((value) =>
    reach === 0 ? true : direction === 'maximize' ? value >= q1 - reach : value <= q3 + reach,
  );
  const low = near[0]!;
  const high = near.at(-1)!;
  const size = Math.max(Math.abs(low), Math.abs(high));
  const hasSpan = size >= SMALLEST && high - low > size * 1e-9;
  const span = hasSpan ? high - low : size < SMALLEST ? 1 : size * 0.1;
  const middle = (low + high) / 2;
  const [start, end] = hasSpan ? [low, high] : [middle - span / 2, middle + span / 2];
  const interval = exact(roundStep(span, 5));
  return {
    min: exact(Math.floor(start / interval + 1e-9) * interval),
    max: exact(Math.ceil(end / interval - 1e-9) * interval),
    interval,
  };
}
