import { LuthierError } from '@luthier/core';
import type { Samples, Tensor, TensorData } from './dataset.ts';

interface ElementType {
  readonly name: string;
  readonly bytes: number;
  readonly decode: (bytes: Uint8Array, offset: number, count: number) => TensorData;
}

/** Multi-byte elements are big-endian in the file, so they are converted one by one. */
function converted<T extends TensorData>(
  create: (count: number) => T,
  width: number,
  read: (view: DataView, offset: number) => number,
): ElementType['decode'] {
  return (bytes, offset, count) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset + offset, count * width);
    const out = create(count);
    for (let i = 0; i < count; i++) out[i] = read(view, i * width);
    return out;
  };
}

const ELEMENT_TYPES: ReadonlyMap<number, ElementType> = new Map<number, ElementType>([
  [
    0x08,
    {
      name: 'uint8',
      bytes: 1,
      decode: (bytes, offset, count) => new Uint8Array(bytes.buffer, bytes.byteOffset + offset, count),
    },
  ],
  [
    0x09,
    {
      name: 'int8',
      bytes: 1,
      decode: (bytes, offset, count) => new Int8Array(bytes.buffer, bytes.byteOffset + offset, count),
    },
  ],
  [
    0x0b,
    {
      name: 'int16',
      bytes: 2,
      decode: converted(
        (n) => new Int16Array(n),
        2,
        (v, at) => v.getInt16(at),
      ),
    },
  ],
  [
    0x0c,
    {
      name: 'int32',
      bytes: 4,
      decode: converted(
        (n) => new Int32Array(n),
        4,
        (v, at) => v.getInt32(at),
      ),
    },
  ],
  [
    0x0d,
    {
      name: 'float32',
      bytes: 4,
      decode: converted(
        (n) => new Float32Array(n),
        4,
        (v, at) => v.getFloat32(at),
      ),
    },
  ],
  [
    0x0e,
    {
      name: 'float64',
      bytes: 8,
      decode: converted(
        (n) => new Float64Array(n),
        8,
        (v, at) => v.getFloat64(at),
      ),
    },
  ],
]);

const hex = (values: Iterable<number>): string =>
  Array.from(values, (value) => value.toString(16).padStart(2, '0')).join(' ');

const DOWNLOAD_AGAIN = 'Download or write the file again.';

function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/**
 * Decodes the content of an IDX file, the format of MNIST: any element type, any number of axes.
 *
 * Layout, all big-endian: bytes 0 0, a byte for the element type (08 uint8, 09 int8, 0b int16, 0c int32, 0d float32,
 * 0e float64), a byte for the number of axes, one uint32 length per axis, the elements in row-major order. One-byte
 * elements are a view of `bytes`, not a copy. `name` is what errors call the file.
 * Format: LeCun, Cortes and Burges, "The MNIST database of handwritten digits".
 *
 * @throws LuthierError LU_IDX_GZIP (still compressed), LU_IDX_MAGIC, LU_IDX_TRUNCATED, LU_IDX_TRAILING.
 *
 * @example
 * decodeIdx(Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 2, 5, 0), 'labels') // { data: Uint8Array [5, 0], shape: [2] }
 */
export function decodeIdx(bytes: Uint8Array, name: string): Tensor {
  if (isGzip(bytes)) {
    throw new LuthierError('LU_IDX_GZIP', `${name}: expected plain IDX bytes, found gzip (1f 8b)`, {
      fix: 'Decompress the bytes first, or read the file with readIdx.',
      where: name,
    });
  }
  const truncated = (expected: string): LuthierError =>
    new LuthierError('LU_IDX_TRUNCATED', `${name}: expected ${expected}, found ${bytes.length} bytes`, {
      fix: `The file is cut short. ${DOWNLOAD_AGAIN}`,
      where: name,
    });
  if (bytes.length < 4) throw truncated('a header of at least 4 bytes');
  const type = ELEMENT_TYPES.get(bytes[2]!);
  if (bytes[0] !== 0 || bytes[1] !== 0 || type === undefined) {
    throw new LuthierError(
      'LU_IDX_MAGIC',
      `${name}: expected an IDX file (00 00, then an element type among ${hex(ELEMENT_TYPES.keys())}), ` +
        `found ${hex(bytes.subarray(0, 4))}`,
      { fix: `This is not an IDX file. Give the path of an IDX file, or download it again.`, where: name },
    );
  }
  const axes = bytes[3]!;
  const header = 4 + 4 * axes;
  if (bytes.length < header) throw truncated(`a header of ${header} bytes for ${axes} axes`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, header);
  const shape = Array.from({ length: axes }, (_, axis) => view.getUint32(4 + 4 * axis));
  const count = shape.reduce((product, length) => product * length, 1);
  const expected = header + count * type.bytes;
  const described = `${expected} bytes (shape [${shape.join(', ')}] of ${type.name})`;
  if (bytes.length < expected) throw truncated(described);
  if (bytes.length > expected) {
    throw new LuthierError(
      'LU_IDX_TRAILING',
      `${name}: expected ${described}, found ${bytes.length} bytes: ${bytes.length - expected} after the last element`,
      { fix: `Header and content disagree. ${DOWNLOAD_AGAIN}`, where: name },
    );
  }
  return { data: type.decode(bytes, header, count), shape };
}

/**
 * Reads an IDX file, compressed with gzip or not; which one is told from its first bytes, not from its name.
 *
 * @throws LuthierError LU_IDX_READ (no such file, no permission), LU_IDX_GZIP (corrupt) and those of `decodeIdx`.
 *
 * @example
 * const images = await readIdx('data/train-images-idx3-ubyte.gz'); // shape [60000, 28, 28]
 */
export async function readIdx(path: string): Promise<Tensor> {
  const fs = await import('node:fs');
  let bytes: Uint8Array;
  try {
    // One read into one buffer: the asynchronous readFile reads in pieces and takes three times as long.
    bytes = fs.readFileSync(path);
  } catch (cause) {
    throw new LuthierError('LU_IDX_READ', `${path}: cannot be read (${(cause as Error).message})`, {
      fix: 'Give the path of an IDX file that exists and is readable.',
      where: path,
      cause,
    });
  }
  if (!isGzip(bytes)) return decodeIdx(bytes, path);
  const zlib = await import('node:zlib');
  let inflated: Uint8Array;
  try {
    inflated = zlib.gunzipSync(bytes);
  } catch (cause) {
    throw new LuthierError(
      'LU_IDX_GZIP',
      `${path}: expected a whole gzip file, found damaged or cut gzip data (${(cause as Error).message})`,
      { fix: DOWNLOAD_AGAIN, where: path, cause },
    );
  }
  return decodeIdx(inflated, path);
}

/**
 * Reads a pair of IDX files, samples and their labels, as samples.
 *
 * @throws LuthierError LU_IDX_COUNT when the files hold different numbers of samples, LU_IDX_SHAPE when the first has
 * no sample axis or the second is not one label a sample; and those of `readIdx`.
 *
 * @example
 * const test = await readIdxPair('t10k-images-idx3-ubyte', 't10k-labels-idx1-ubyte');
 */
export async function readIdxPair(xPath: string, yPath: string): Promise<Samples> {
  const x = await readIdx(xPath);
  const y = await readIdx(yPath);
  const wrongShape = (path: string, tensor: Tensor, expected: string): LuthierError =>
    new LuthierError(
      'LU_IDX_SHAPE',
      `${path}: expected ${expected}, found shape [${tensor.shape.join(', ')}]`,
      {
        fix: 'Check that the paths of samples and labels are not mixed up.',
        where: path,
      },
    );
  if (x.shape.length < 2) throw wrongShape(xPath, x, 'samples with at least 2 axes');
  if (y.shape.length !== 1) throw wrongShape(yPath, y, 'labels with 1 axis');
  if (x.shape[0] !== y.shape[0]) {
    throw new LuthierError(
      'LU_IDX_COUNT',
      `${yPath}: expected ${x.shape[0]} labels, as many as ${xPath} has samples, found ${y.shape[0]}`,
      { fix: 'Use the label file that belongs to these samples.', where: yPath },
    );
  }
  return { x, y };
}
