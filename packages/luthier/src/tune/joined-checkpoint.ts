import { decodeJson, type EpochRecord, encodeJson, LuthierError } from '@luthier/core';

/** Where one of several runs of a trial stood. */
export interface RunCheckpoint {
  /** Its epochs so far. */
  readonly records: readonly EpochRecord[];
  /** The checkpoint of the model; absent before the first. */
  readonly bytes?: Uint8Array;
}

const LENGTH_BYTES = 4;

function damaged(): LuthierError {
  return new LuthierError('LU_CHECKPOINT_DAMAGED', 'The checkpoint of the runs of a trial is cut short', {
    fix: 'Start the trial again.',
    where: 'checkpoint',
  });
}

/** The checkpoints of all runs of a trial as one: length of a JSON header, header, the bytes of each run. */
export function joinCheckpoints(runs: readonly RunCheckpoint[]): Uint8Array {
  const header = new TextEncoder().encode(
    encodeJson(runs.map(({ records, bytes }) => ({ records, length: bytes?.byteLength ?? 0 }))),
  );
  const size = runs.reduce((sum, { bytes }) => sum + (bytes?.byteLength ?? 0), 0);
  const joined = new Uint8Array(LENGTH_BYTES + header.length + size);
  new DataView(joined.buffer).setUint32(0, header.length, true);
  joined.set(header, LENGTH_BYTES);
  let at = LENGTH_BYTES + header.length;
  for (const { bytes } of runs) {
    if (bytes === undefined) continue;
    joined.set(bytes, at);
    at += bytes.byteLength;
  }
  return joined;
}

/** The checkpoints that `joinCheckpoints` joined. Throws LU_CHECKPOINT_DAMAGED when bytes are missing. */
export function splitCheckpoint(joined: Uint8Array): readonly RunCheckpoint[] {
  const view = new DataView(joined.buffer, joined.byteOffset, joined.byteLength);
  const start =
    joined.byteLength < LENGTH_BYTES ? Number.POSITIVE_INFINITY : LENGTH_BYTES + view.getUint32(0, true);
  if (start > joined.byteLength) throw damaged();
  const header = decodeJson(
    new TextDecoder().decode(joined.subarray(LENGTH_BYTES, start)),
  ) as unknown as readonly {
    readonly records: readonly EpochRecord[];
    readonly length: number;
  }[];
  let at = start;
  const runs = header.map(({ records, length }): RunCheckpoint => {
    const bytes = joined.subarray(at, at + length);
    at += length;
    return length === 0 ? { records } : { records, bytes };
  });
  if (at !== joined.byteLength) throw damaged();
  return runs;
}
