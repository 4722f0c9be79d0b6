import { LuthierError } from '@luthier/core';

/** Some byte arrays as one: their number and lengths (4 bytes each, little-endian), then the bytes. */
export function packParts(parts: readonly Uint8Array[]): Uint8Array {
  const start = 4 * (parts.length + 1);
  const packed = new Uint8Array(start + parts.reduce((sum, { length }) => sum + length, 0));
  const view = new DataView(packed.buffer);
  view.setUint32(0, parts.length, true);
  let at = start;
  for (const [i, part] of parts.entries()) {
    view.setUint32(4 * (i + 1), part.length, true);
    packed.set(part, at);
    at += part.length;
  }
  return packed;
}

/** Reads what `packParts` wrote. Throws LU_BLOB_DAMAGED when the lengths do not add up. */
export function unpackParts(packed: Uint8Array): readonly Uint8Array[] {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  const damaged = (): LuthierError =>
    new LuthierError('LU_BLOB_DAMAGED', 'a stored checkpoint has another size than its parts', {
      fix: 'Train the trial again.',
    });
  const count = packed.byteLength < 4 ? Number.POSITIVE_INFINITY : view.getUint32(0, true);
  let at = 4 * (count + 1);
  if (at > packed.byteLength) throw damaged();
  const parts: Uint8Array[] = [];
  for (let i = 0; i < count; i++) {
    const length = view.getUint32(4 * (i + 1), true);
    parts.push(packed.subarray(at, at + length));
    at += length;
  }
  if (at !== packed.byteLength) throw damaged();
  return parts;
}
