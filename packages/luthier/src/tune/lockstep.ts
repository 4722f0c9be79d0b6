import type { EpochRecord, Telemetry } from '@luthier/core';

/** Runs that train side by side, epoch by epoch. */
export interface Lockstep {
  /** A run finished an epoch; resolves when every run that goes on has finished it, too, or `release` was called. */
  arrive(run: number, record: EpochRecord): Promise<void>;
  /** A run has ended; from now on the epoch whose weights it kept stands for it. */
  leave(run: number, keptEpoch: number): void;
  /** Lets everybody go on: the runs are being ended. */
  release(): void;
  /** The epochs of every run so far. */
  readonly records: readonly (readonly EpochRecord[])[];
}

function meanOf(rows: readonly Readonly<Record<string, number | undefined>>[]): Record<string, number> {
  const names = Object.keys(rows[0] ?? {}).filter((name) => rows.every((row) => row[name] !== undefined));
  return Object.fromEntries(
    names.map((name) => [name, rows.reduce((sum, row) => sum + row[name]!, 0) / rows.length]),
  );
}

/** The mean of every number of one epoch over several runs. */
export function meanRecord(epoch: number, records: readonly EpochRecord[]): EpochRecord {
  return {
    epoch,
    step: Math.max(...records.map(({ step }) => step)),
    metrics: meanOf(records.map(({ metrics }) => metrics)),
    // Every field that all of them have, so all but deadUnits at least.
    telemetry: meanOf(records.map(({ telemetry }) => ({ ...telemetry }))) as unknown as Telemetry,
  };
}

/**
 * Keeps runs at the same epoch and reports the mean over all of them once each has finished it: what decides over a trial then
 * sees every fold, not the first. `before` are the epochs that runs made in an earlier attempt.
 */
export function lockstep(
  runs: number,
  report: (record: EpochRecord) => void,
  before: readonly (readonly EpochRecord[])[] = [],
): Lockstep {
  const records: EpochRecord[][] = Array.from({ length: runs }, (_, run) => [...(before[run] ?? [])]);
  const kept = new Map<number, number>();
  const waiting: { readonly epochs: number; readonly resolve: () => void }[] = [];
  let isReleased = false;
  // What all runs had finished before was reported then.
  let reported = Math.min(...records.map(({ length }) => length));

  const atEpoch = (run: number, epoch: number): EpochRecord =>
    records[run]![epoch] ?? records[run]![kept.get(run)!]!;
  const advance = (): void => {
    const active = records.filter((_, run) => !kept.has(run)).map(({ length }) => length);
    const until = active.length > 0 ? Math.min(...active) : Math.max(...records.map(({ length }) => length));
    for (; reported < until; reported++) {
      report(
        meanRecord(
          reported,
          records.map((_, run) => atEpoch(run, reported)),
        ),
      );
    }
    for (const waiter of waiting.splice(0)) {
      if (isReleased || waiter.epochs <= reported) waiter.resolve();
      else waiting.push(waiter);
    }
  };
  return {
    records,
    arrive: (run, record) => {
      // An attempt that goes on from an older checkpoint measures again what is known.
      records[run]![record.epoch] = record;
      const { promise, resolve } = Promise.withResolvers<void>();
      waiting.push({ epochs: record.epoch + 1, resolve });
      advance();
      return promise;
    },
    leave: (run, keptEpoch) => {
      kept.set(run, keptEpoch);
      advance();
    },
    release: () => {
      isReleased = true;
      advance();
    },
  };
}
