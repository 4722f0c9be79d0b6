let table: Uint32Array | undefined;

/** One entry a byte: what eight steps of the division by the polynomial 0x1EDC6F41 (reflected: 0x82F63B78) leave of it. */
function createTable(): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, byte) => {
    let rest = byte;
    for (let bit = 0; bit < 8; bit++) rest = (rest >>> 1) ^ (rest & 1 ? 0x82f63b78 : 0);
    return rest;
  });
}

/**
 * The CRC-32C (Castagnoli) of bytes. Reference: RFC 3720, appendix B.4, whose test vectors it gives.
 *
 * @example
 * crc32c(new TextEncoder().encode('123456789')) // 0xe3069283
 */
export function crc32c(bytes: Uint8Array): number {
  table ??= createTable();
  let rest = 0xffffffff;
  for (const byte of bytes) rest = (rest >>> 8) ^ table[(rest ^ byte) & 0xff]!;
  return ~rest >>> 0;
}
