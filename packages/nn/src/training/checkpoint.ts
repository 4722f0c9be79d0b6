import { decodeJson, encodeJson, LuthierError } from '@luthier/core';
import type { NamedArrays } from './callback.ts';

/** Named float arrays and a JSON value, as one checkpoint holds them. */
export interface CheckpointContent {
  readonly header: unknown;
  readonly arrays: NamedArrays;
}

const MAGIC = new TextEncoder().encode('LUTHIER\x02');
const DIGEST_BYTES = 32;
const PREFIX_BYTES = MAGIC.length + DIGEST_BYTES + 8;

function damaged(what: string): LuthierError {
  return new LuthierError('LU_CHECKPOINT_DAMAGED', `The checkpoint ${what}`, {
    fix: 'Resume from an earlier checkpoint, or start the run again.',
    where: 'checkpoint',
  });
}

async function digest(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
}

/**
 * Writes a checkpoint: magic with version, SHA-256 of all that follows, length of the JSON header, header, raw float32
 * arrays (little endian) in the order the header lists. The same content gives the same bytes.
 *
 * @example
 * const bytes = await encodeCheckpoint({ header: { step: 10 }, arrays: { w: new Float32Array(4) } });
 */
export async function encodeCheckpoint(content: CheckpointContent): Promise<Uint8Array<ArrayBuffer>> {
  const names = Object.keys(content.arrays);
  const lengths = names.map((name) => content.arrays[name]!.length);
  const header = new TextEncoder().encode(encodeJson({ names, lengths, header: content.header }));
  const floats = lengths.reduce((sum, length) => sum + length, 0);
  const bytes = new Uint8Array(PREFIX_BYTES + header.length + floats * 4);
  bytes.set(MAGIC, 0);
  new DataView(bytes.buffer).setUint32(MAGIC.length + DIGEST_BYTES, header.length, true);
  bytes.set(header, PREFIX_BYTES);
  let offset = PREFIX_BYTES + header.length;
  for (const name of names) {
    const array = content.arrays[name]!;
    bytes.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), offset);
    offset += array.byteLength;
  }
  bytes.set(await digest(bytes.subarray(MAGIC.length + DIGEST_BYTES)), MAGIC.length);
  return bytes;
}

/** Reads a checkpoint; throws `LU_CHECKPOINT_DAMAGED` when a byte is missing or changed, `LU_CHECKPOINT_VERSION` for another format. */
export async function decodeCheckpoint(given: Uint8Array): Promise<CheckpointContent> {
  const bytes = new Uint8Array(given);
  if (bytes.length < PREFIX_BYTES) throw damaged(`has ${bytes.length} bytes, fewer than its own frame`);
  const magic = bytes.subarray(0, MAGIC.length);
  if (magic.some((byte, i) => byte !== MAGIC[i])) {
    if (magic.slice(0, -1).every((byte, i) => byte === MAGIC[i])) {
      throw new LuthierError(
        'LU_CHECKPOINT_VERSION',
        `The checkpoint has format ${magic.at(-1)}; this program reads format ${MAGIC.at(-1)}`,
        { fix: 'Resume with the version of Luthier that wrote it.', where: 'checkpoint' },
      );
    }
    throw damaged('does not begin like one');
  }
  const body = bytes.subarray(MAGIC.length + DIGEST_BYTES);
  const expected = bytes.subarray(MAGIC.length, MAGIC.length + DIGEST_BYTES);
  if ((await digest(body)).some((byte, i) => byte !== expected[i])) {
    throw damaged(`of ${bytes.length} bytes does not match its SHA-256`);
  }
  const headerLength = new DataView(body.buffer, body.byteOffset).getUint32(0, true);
  const text = new TextDecoder().decode(bytes.subarray(PREFIX_BYTES, PREFIX_BYTES + headerLength));
  const { names, lengths, header } = decodeJson(text) as {
    names: readonly string[];
    lengths: readonly number[];
    header: unknown;
  };
  const arrays: Record<string, Float32Array> = {};
  let offset = PREFIX_BYTES + headerLength;
  names.forEach((name, i) => {
    const end = offset + lengths[i]! * 4;
    arrays[name] = new Float32Array(bytes.slice(offset, end).buffer);
    offset = end;
  });
  return { header, arrays };
}
