import type { Histogram } from './event.ts';

/** Counts numbers in so many buckets of one width between the smallest and the largest; others than finite ones are left out. */
export function histogramOf(values: Float32Array, buckets = 30): Histogram {
  const finite = values.filter(Number.isFinite);
  let [min, max, sum, sumSquares] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0];
  for (const value of finite) {
    min = Math.min(min, value);
    max = Math.max(max, value);
    sum += value;
    sumSquares += value * value;
  }
  if (finite.length === 0)
    return { min: 0, max: 0, num: 0, sum: 0, sumSquares: 0, bucketLimit: [0], bucket: [0] };
  const width = (max - min) / buckets;
  const count = width > 0 ? buckets : 1;
  const bucket = new Array<number>(count).fill(0);
  for (const value of finite)
    bucket[width > 0 ? Math.min(count - 1, Math.floor((value - min) / width)) : 0]! += 1;
  const bucketLimit = bucket.map((_, i) => (i === count - 1 ? max : min + width * (i + 1)));
  return { min, max, num: finite.length, sum, sumSquares, bucketLimit, bucket };
}
