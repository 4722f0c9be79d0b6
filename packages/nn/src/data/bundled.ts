import { LuthierError } from '@luthier/core';
import { refuseUnknown } from '../layers/options.ts';
import { type Dataset, type Samples, sampleCount } from './dataset.ts';
import { trainValidationSplit } from './split.ts';

/** How a bundled data set is divided. */
export interface BundledOptions {
  /** Share of all samples that validates; 0 for none. Default 0.2. */
  readonly validation?: number;
  /** Share of all samples kept for the test; 0 for none. Default 0.2. */
  readonly test?: number;
  /** Seed of the shuffle. Default 0. */
  readonly seed?: number;
}

/** The lines of a compressed table that comes with the package, as text cells. */
export async function readBundled(name: string): Promise<readonly (readonly string[])[]> {
  const { readFile } = await import('node:fs/promises');
  const { gunzipSync } = await import('node:zlib');
  const file = await readFile(new URL(`./sets/${name}.csv.gz`, import.meta.url));
  const lines = gunzipSync(file).toString('latin1').trimEnd().split('\n');
  return lines.map((line) => line.split(','));
}

/** Numbers with the target in the last column; whole targets become bytes of shape [n], real ones float64 [n, 1]. */
export function tableSamples(rows: readonly (readonly string[])[], target: 'label' | 'real'): Samples {
  const width = rows[0]!.length - 1;
  const x = Float64Array.from(
    rows.flatMap((row) => row.slice(0, width)),
    Number,
  );
  const last = rows.map((row) => Number(row[width]));
  const y =
    target === 'label'
      ? { data: Uint8Array.from(last), shape: [rows.length] }
      : { data: Float64Array.from(last), shape: [rows.length, 1] };
  return { x: { data: x, shape: [rows.length, width] }, y };
}

/**
 * Divides samples into training, validation and test part by shares of the whole; with class names each part has the
 * classes in proportion. Without validation and test part all samples train, in the order of the file.
 */
export function divide(
  name: string,
  all: Samples,
  options: BundledOptions,
  classes?: readonly string[],
): Dataset {
  refuseUnknown('LU_DATA_OPTION', name, options, ['validation', 'test', 'seed']);
  const { validation = 0.2, test = 0.2, seed = 0 } = options;
  if (!(test >= 0 && validation >= 0 && test + validation < 1)) {
    throw new LuthierError(
      'LU_DATA_SPLIT',
      `${name}: validation ${validation} and test ${test} leave nothing to train on, or are negative`,
      { fix: 'Use shares that add up to less than 1, such as 0.2 and 0.2.' },
    );
  }
  const how = classes === undefined ? { shuffle: true, seed } : { stratify: true, seed };
  const outer = test === 0 ? undefined : trainValidationSplit(all, { validation: test, ...how });
  const kept = outer?.train ?? all;
  const trainCount = sampleCount(kept) - Math.round(sampleCount(all) * validation);
  const split = validation === 0 ? { train: kept } : trainValidationSplit(kept, { trainCount, ...how });
  return {
    name,
    ...split,
    ...(outer === undefined ? {} : { test: outer.validation }),
    ...(classes === undefined ? {} : { classes }),
  };
}
