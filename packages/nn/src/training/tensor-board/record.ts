import { crc32c } from '../../saving/crc32c.ts';

/** A checksum turned and shifted, so that checksums of data that hold checksums stay good. */
function masked(checksum: number): number {
  return (((checksum >>> 15) | (checksum << 17)) + 0xa282ead8) >>> 0;
}

/**
 * A record of the TFRecord format: length (uint64), checksum of the length, data, checksum of the data; little-endian.
 *
 * Reference: github.com/tensorflow/tensorflow, tensorflow/core/lib/io/record_writer.h.
 */
export function encodeRecord(data: Uint8Array): Uint8Array {
  const record = new Uint8Array(8 + 4 + data.length + 4);
  const view = new DataView(record.buffer);
  view.setBigUint64(0, BigInt(data.length), true);
  view.setUint32(8, masked(crc32c(record.subarray(0, 8))), true);
  record.set(data, 12);
  view.setUint32(12 + data.length, masked(crc32c(data)), true);
  return record;
}
