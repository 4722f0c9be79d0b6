import { type BundledOptions, divide, readBundled } from './bundled.ts';
import type { Dataset } from './dataset.ts';

/** How the digits are divided. */
export type DigitsOptions = BundledOptions;

const PIXELS = 64;

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
  const rows = await readBundled('digits');
  const x = Uint8Array.from(
    rows.flatMap((row) => row.slice(0, PIXELS)),
    Number,
  );
  const y = Uint8Array.from(rows, (row) => Number(row[PIXELS]));
  const classes = Array.from({ length: 10 }, (_, label) => String(label));
  const all = { x: { data: x, shape: [rows.length, PIXELS] }, y: { data: y, shape: [rows.length] } };
  return divide('digits', all, options, classes);
}
