import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { LuthierError } from '@luthier/core';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decodeIdx, readIdx, readIdxPair } from './idx.ts';

/** An encoder written from the format description alone, through Buffer's own big-endian writers. */
const WRITERS: Readonly<Record<number, readonly [number, (b: Buffer, v: number, at: number) => void]>> = {
  8: [1, (b, v, at) => b.writeUInt8(v, at)],
  9: [1, (b, v, at) => b.writeInt8(v, at)],
  11: [2, (b, v, at) => b.writeInt16BE(v, at)],
  12: [4, (b, v, at) => b.writeInt32BE(v, at)],
  13: [4, (b, v, at) => b.writeFloatBE(v, at)],
  14: [8, (b, v, at) => b.writeDoubleBE(v, at)],
};

function encode(type: number, shape: readonly number[], values: readonly number[]): Buffer {
  const [width, write] = WRITERS[type]!;
  const bytes = Buffer.alloc(4 + 4 * shape.length + values.length * width);
  bytes.writeUInt8(type, 2);
  bytes.writeUInt8(shape.length, 3);
  for (const [axis, length] of shape.entries()) bytes.writeUInt32BE(length, 4 + 4 * axis);
  for (const [i, value] of values.entries()) write(bytes, value, 4 + 4 * shape.length + i * width);
  return bytes;
}

const VALUES: Readonly<Record<number, fc.Arbitrary<number>>> = {
  8: fc.integer({ min: 0, max: 255 }),
  9: fc.integer({ min: -128, max: 127 }),
  11: fc.integer({ min: -32768, max: 32767 }),
  12: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  13: fc.float(),
  14: fc.double(),
};

const file = fc
  .record({
    type: fc.constantFrom(8, 9, 11, 12, 13, 14),
    shape: fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 5 }),
  })
  .chain(({ type, shape }) => {
    const length = shape.reduce((product, n) => product * n, 1);
    return fc
      .array(VALUES[type]!, { minLength: length, maxLength: length })
      .map((values) => ({ type, shape, values }));
  });

const codeOf = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    return (error as LuthierError).code;
  }
  return 'no error';
};

const failure = async (run: Promise<unknown>): Promise<LuthierError> =>
  run.then(
    () => expect.fail('no error'),
    (error: unknown) => error as LuthierError,
  );

describe('decodeIdx', () => {
  test('gives back what an independent encoder wrote: all six element types, 0 to 5 axes', () => {
    fc.assert(
      fc.property(file, fc.integer({ min: 0, max: 7 }), ({ type, shape, values }, offset) => {
        const encoded = encode(type, shape, values);
        const padded = new Uint8Array(offset + encoded.length);
        padded.set(encoded, offset);
        const tensor = decodeIdx(padded.subarray(offset), 'file');
        expect(tensor.shape).toEqual(shape);
        expect(Array.from(tensor.data)).toEqual(values);
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  test('reads a file written byte by byte from the format description', () => {
    const bytes = Uint8Array.of(0, 0, 0x0b, 2, 0, 0, 0, 1, 0, 0, 0, 3, 0x01, 0x02, 0xff, 0xff, 0x80, 0x00);
    const tensor = decodeIdx(bytes, 'file');
    expect(tensor).toEqual({ data: Int16Array.of(258, -1, -32768), shape: [1, 3] });
  });

  test('shares the memory of one-byte elements with the file', () => {
    const bytes = encode(8, [3], [1, 2, 3]);
    const tensor = decodeIdx(bytes, 'file');
    expect(tensor.data.buffer).toBe(bytes.buffer);
    bytes[8] = 9;
    expect(tensor.data[0]).toBe(9);
  });

  test('refuses a file cut at any byte', () => {
    const bytes = encode(13, [2, 2], [1, 2, 3, 4]);
    for (let length = 0; length < bytes.length; length++) {
      expect(codeOf(() => decodeIdx(bytes.subarray(0, length), 'file'))).toBe('LU_IDX_TRUNCATED');
    }
    expect(codeOf(() => decodeIdx(bytes, 'file'))).toBe('no error');
  });

  test('names file, expected and found size of a truncated file', () => {
    expect(() => decodeIdx(encode(8, [2, 28, 28], []), 'train-images')).toThrow(
      'train-images: expected 1584 bytes (shape [2, 28, 28] of uint8), found 16 bytes',
    );
  });

  test('refuses bytes after the last element', () => {
    const bytes = Buffer.concat([encode(8, [2], [1, 2]), Buffer.alloc(3)]);
    expect(codeOf(() => decodeIdx(bytes, 'file'))).toBe('LU_IDX_TRAILING');
    expect(() => decodeIdx(bytes, 'labels')).toThrow('labels: expected 10 bytes');
  });

  test('refuses lengths whose product no file can have', () => {
    const bytes = encode(14, [2 ** 32 - 1, 2 ** 32 - 1, 2 ** 32 - 1], []);
    expect(codeOf(() => decodeIdx(bytes, 'file'))).toBe('LU_IDX_TRUNCATED');
  });

  test('refuses every magic that is not 00 00 and a known element type', () => {
    const body = encode(8, [1], [7]);
    for (const [at, value] of [
      [0, 1],
      [1, 8],
      [2, 0x0a],
      [2, 0],
      [2, 0xff],
    ] as const) {
      const bytes = Uint8Array.from(body);
      bytes[at] = value;
      expect(codeOf(() => decodeIdx(bytes, 'file'))).toBe('LU_IDX_MAGIC');
    }
    expect(() => decodeIdx(Buffer.from('PNG image'), 'photo')).toThrow(
      /photo: expected an IDX file .* found 50 4e 47 20/,
    );
  });

  test('refuses compressed bytes and points to readIdx', () => {
    expect(codeOf(() => decodeIdx(gzipSync(encode(8, [1], [7])), 'file'))).toBe('LU_IDX_GZIP');
  });
});

describe('readIdx', () => {
  let folder: string;
  const put = (name: string, bytes: Uint8Array): string => {
    const path = join(folder, name);
    writeFileSync(path, bytes);
    return path;
  };
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'luthier-idx-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const plain = encode(12, [2, 3], [1, -2, 3, -4, 5, 70_000]);

  test('reads plain and compressed files alike, whatever their names', async () => {
    const expected = { data: Int32Array.of(1, -2, 3, -4, 5, 70_000), shape: [2, 3] };
    expect(await readIdx(put('plain', plain))).toEqual(expected);
    expect(await readIdx(put('plain.gz', plain))).toEqual(expected);
    expect(await readIdx(put('compressed', gzipSync(plain)))).toEqual(expected);
  });

  test('refuses a compressed file cut at any byte, naming it', async () => {
    const compressed = gzipSync(plain);
    for (let length = 0; length < compressed.length; length++) {
      const error = await failure(readIdx(put('cut.gz', compressed.subarray(0, length))));
      expect(error.code).toBe(length < 2 ? 'LU_IDX_TRUNCATED' : 'LU_IDX_GZIP');
      expect(error.message).toContain('cut.gz');
      expect(error.fix).toContain('again');
    }
  });

  test('refuses compressed data of which a byte changed', async () => {
    const compressed = gzipSync(plain);
    compressed[compressed.length - 6]! ^= 0xff;
    expect((await failure(readIdx(put('changed.gz', compressed)))).code).toBe('LU_IDX_GZIP');
  });

  test('names a file that does not exist', async () => {
    const error = await failure(readIdx(join(folder, 'absent')));
    expect(error.code).toBe('LU_IDX_READ');
    expect(error.message).toContain('absent');
  });

  test('pairs samples with labels', async () => {
    const x = put('x', encode(8, [2, 2], [1, 2, 3, 4]));
    const y = put('y', encode(8, [2], [1, 0]));
    const pair = await readIdxPair(x, y);
    expect(Array.from(pair.x.data)).toEqual([1, 2, 3, 4]);
    expect(Array.from(pair.y.data)).toEqual([1, 0]);
  });

  test('refuses labels of another count, naming both files and counts', async () => {
    const x = put('x', encode(8, [2, 2], [1, 2, 3, 4]));
    const y = put('y3', encode(8, [3], [1, 0, 2]));
    const error = await failure(readIdxPair(x, y));
    expect(error.code).toBe('LU_IDX_COUNT');
    expect(error.message).toMatch(/y3: expected 2 labels, as many as .*x has samples, found 3/);
  });

  test('refuses samples and labels mixed up', async () => {
    const x = put('x', encode(8, [2, 2], [1, 2, 3, 4]));
    const y = put('y', encode(8, [2], [1, 0]));
    expect((await failure(readIdxPair(y, x))).code).toBe('LU_IDX_SHAPE');
    expect((await failure(readIdxPair(x, x))).code).toBe('LU_IDX_SHAPE');
  });
});
