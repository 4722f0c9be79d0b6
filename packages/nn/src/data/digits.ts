import { LuthierError } from '@luthier/core';
import type { Dataset, Samples } from './dataset.ts';
import { trainValidationSplit } from './split.ts';

/** How the digits are divided. */
export interface DigitsOptions {
  /** Share of all digits that validates. Default 0.2. */
  readonly validation?: number;
  /** Share of all digits kept for the test; 0 for none. Default 0.2. */
  readonly test?: number;
  /** Seed of the shuffle. Default 0. */
  readonly seed?: number;
}

const PIXELS = 64;
const COUNT = 1797;

function parse(text: string): Samples {
  const x = new Uint8Array(COUNT * PIXELS);
  const y = new Uint8Array(COUNT);
  const lines = text.trimEnd().split('\n');
  for (const [row, line] of lines.entries()) {
    const values = line.split(',');
    y[row] = Number(values.pop());
    for (const [column, value] of values.entries()) x[row * PIXELS + column] = Number(value);
  }
  return { x: { data: x, shape: [COUNT, PIXELS] }, y: { data: y, shape: [COUNT] } };
}

/**
 * The 1,797 bundled handwritten digits of 8 x 8 pixels, for quick tests and examples.
 *
 * Images have shape [n, 64] and are bytes from 0 to 16, for `layers.rescaling({ scale: 1 / 16 })`; labels are bytes of
 * shape [n]. The parts are drawn at random from the seed, each with the same share of every digit.
 * Source: UCI "Optical Recognition of Handwritten Digits" (test part), as distributed by scikit-learn; see sets/README.md.
 *
 * @throws LuthierError LU_DATA_SPLIT when a part would be empty.
 *
 * @example
 * const { train, validation, test } = await digits({ validation: 0.2, seed: 7 }); // 1,079, 359 and 359 images
 */
export async function digits(options: DigitsOptions = {}): Promise<Dataset> {
  const { validation = 0.2, test = 0.2, seed = 0 } = options;
  if (!(test >= 0 && validation > 0 && test + validation < 1)) {
    throw new LuthierError(
      'LU_DATA_SPLIT',
      `digits: validation ${validation} and test ${test} leave nothing to train on, or are negative`,
      { fix: 'Use shares that add up to less than 1, such as 0.2 and 0.2.' },
    );
  }
  const { readFileSync } = await import('node:fs');
  const { gunzipSync } = await import('node:zlib');
  const file = new URL('./sets/digits.csv.gz', import.meta.url);
  const all = parse(gunzipSync(readFileSync(file)).toString('latin1'));
  const classes = Array.from({ length: 10 }, (_, label) => String(label));
  const outer =
    test === 0 ? undefined : trainValidationSplit(all, { validation: test, stratify: true, seed });
  const kept = outer?.train ?? all;
  const held = Math.round(COUNT * validation);
  const split = trainValidationSplit(kept, {
    trainCount: kept.y.data.length - held,
    stratify: true,
    seed,
  });
  return { name: 'digits', ...split, ...(outer === undefined ? {} : { test: outer.validation }), classes };
}
