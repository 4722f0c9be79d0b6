import { type EpochRecord, LuthierError } from '@luthier/core';
import type { CallbackState, NamedArrays } from './callback.ts';
import { decodeCheckpoint, encodeCheckpoint } from './checkpoint.ts';
import type { EpochSums } from './sums.ts';

/** All that a training run is, between two calls into the runtime; nothing in it depends on the clock. */
export interface RunState {
  /** Weights and optimizer states by their names in the graph. */
  readonly arrays: NamedArrays;
  /** Optimizer updates made. */
  readonly step: number;
  readonly epoch: number;
  /** Samples of the epoch already used. */
  readonly cursor: number;
  readonly sums: EpochSums;
  readonly epochs: readonly EpochRecord[];
  /** Scalars that callbacks moved. */
  readonly moved: Readonly<Record<string, number>>;
}

/** What must agree between a checkpoint and the run that goes on from it. */
export interface RunIdentity {
  /** Layers, shapes and optimizer, as JSON text. */
  readonly structure: string;
  readonly seed: number;
  readonly rows: number;
  readonly batchSize: number;
  readonly shuffle: boolean;
}

/** A run state with the states of its callbacks. */
export interface SavedRun {
  readonly identity: RunIdentity;
  readonly state: RunState;
  readonly callbacks: Readonly<Record<string, CallbackState>>;
}

const CALLBACK = 'callback/';

/** Writes a run as checkpoint bytes; equal runs give equal bytes. */
export function encodeRun({ identity, state, callbacks }: SavedRun): Promise<Uint8Array<ArrayBuffer>> {
  const { arrays, ...rest } = state;
  const all: Record<string, Float32Array> = { ...arrays };
  const values: Record<string, CallbackState['values']> = {};
  for (const [name, saved] of Object.entries(callbacks)) {
    values[name] = saved.values;
    for (const [key, array] of Object.entries(saved.arrays ?? {})) all[`${CALLBACK}${name}/${key}`] = array;
  }
  return encodeCheckpoint({ header: { identity, state: rest, callbacks: values }, arrays: all });
}

/** Reads a run; throws `LU_CHECKPOINT_DAMAGED` for changed bytes. */
export async function decodeRun(bytes: Uint8Array): Promise<SavedRun> {
  const { header, arrays: all } = await decodeCheckpoint(bytes);
  const { identity, state, callbacks } = header as {
    identity: RunIdentity;
    state: Omit<RunState, 'arrays'>;
    callbacks: Readonly<Record<string, CallbackState['values']>>;
  };
  const split = (prefix: string): NamedArrays =>
    Object.fromEntries(
      Object.entries(all)
        .filter(([name]) => name.startsWith(prefix))
        .map(([name, array]) => [name.slice(prefix.length), array]),
    );
  const arrays = Object.fromEntries(Object.entries(all).filter(([name]) => !name.startsWith(CALLBACK)));
  return {
    identity,
    state: { ...state, arrays },
    callbacks: Object.fromEntries(
      Object.entries(callbacks).map(([name, values]) => [
        name,
        { values, arrays: split(`${CALLBACK}${name}/`) },
      ]),
    ),
  };
}

/** Throws `LU_CHECKPOINT_MISMATCH` unless the run can go on from the checkpoint. */
export function requireSameRun(saved: SavedRun, identity: RunIdentity): void {
  const isInsideEpoch = saved.state.cursor > 0;
  // Between two epochs data, batch size and seed may change; the model and its optimizer may not.
  const fields = isInsideEpoch
    ? (['structure', 'seed', 'rows', 'batchSize', 'shuffle'] as const)
    : (['structure'] as const);
  for (const field of fields) {
    if (saved.identity[field] === identity[field]) continue;
    throw new LuthierError(
      'LU_CHECKPOINT_MISMATCH',
      `The checkpoint is of another run: its ${field} is ${saved.identity[field]}, not ${identity[field]}`,
      { fix: `Resume with the ${field} of the checkpoint, or start the run again.`, where: field },
    );
  }
}
