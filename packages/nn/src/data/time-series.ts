import { readBundled } from './bundled.ts';

/** Values in the order of time. */
export interface TimeSeries {
  readonly name: string;
  readonly time: Float64Array;
  readonly values: Float64Array;
}

/**
 * Mean sunspot numbers of the years 1700 to 2008; `time` is the year.
 *
 * @example
 * const samples = windows((await sunspots()).values, { length: 22 });
 */
export async function sunspots(): Promise<TimeSeries> {
  const rows = await readBundled('sunspots');
  return {
    name: 'sunspots',
    time: Float64Array.from(rows, (row) => Number(row[0])),
    values: Float64Array.from(rows, (row) => Number(row[1])),
  };
}
