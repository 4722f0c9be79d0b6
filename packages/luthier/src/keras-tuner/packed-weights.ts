import { LuthierError } from '@luthier/core';
import type { NamedArrays } from '@luthier/nn';

/** Weights as bytes: the length of a JSON header (4 bytes, little-endian), the header with names and sizes, the numbers as float32. */
export function packWeights(weights: NamedArrays): Uint8Array {
  const entries = Object.entries(weights);
  const header = new TextEncoder().encode(
    JSON.stringify(entries.map(([name, { length }]) => [name, length])),
  );
  const total = entries.reduce((sum, [, { length }]) => sum + length, 0);
  const bytes = new Uint8Array(4 + header.length + 4 * total);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, header.length, true);
  bytes.set(header, 4);
  let at = 4 + header.length;
  for (const [, array] of entries)
    for (const value of array) {
      view.setFloat32(at, value, true);
      at += 4;
    }
  return bytes;
}

/** Reads what `packWeights` wrote. Throws LU_BLOB_DAMAGED when the sizes do not add up. */
export function unpackWeights(bytes: Uint8Array): NamedArrays {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length))) as [string, number][];
  const total = header.reduce((sum, [, size]) => sum + size, 0);
  if (bytes.byteLength !== 4 + length + 4 * total)
    throw new LuthierError('LU_BLOB_DAMAGED', 'stored weights have another size than their header says', {
      fix: 'Train the trial again.',
    });
  let at = 4 + length;
  return Object.fromEntries(
    header.map(([name, size]) => {
      const array = Float32Array.from({ length: size }, (_, i) => view.getFloat32(at + 4 * i, true));
      at += 4 * size;
      return [name, array];
    }),
  );
}
