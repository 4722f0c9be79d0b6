import { resolve } from 'node:path';
import type { Leases, StudyLog } from '@luthier/search';
import { type Clock, systemClock } from '../runners/clock.ts';
import { ChangeNotifier } from './change-notifier.ts';
import { openConnection } from './sqlite-connection.ts';
import { sqliteLeases } from './sqlite-leases.ts';
import { sqliteLog } from './sqlite-log.ts';

const DEFAULT_LOCK_TIMEOUT_MS = 5000;

/** Options of a store in a SQLite file. */
export interface SqliteStoreOptions {
  /** Never writes; the file must exist. Default false. */
  readonly readOnly?: boolean;
  /** Refuses with LU_STORE_MISSING instead of creating the file. Default: as `readOnly`. */
  readonly mustExist?: boolean;
  /** How long to wait for a lock that another process holds; default 5 s. */
  readonly lockTimeoutMs?: number;
  readonly clock?: Clock;
}

/** Studies and leases in one SQLite file. */
export interface SqliteStore {
  readonly log: StudyLog;
  readonly leases: Leases;
  /** Waits for appends under way, ends live views and closes the file. */
  close(): Promise<void>;
}

/**
 * Opens a store in a SQLite file, and creates it with its folder when there is none. Many processes of one host may use
 * it at a time (WAL mode; not on network file systems).
 *
 * Durable means: an append that was acknowledged survives `kill -9` of every process, and loss of power too where the
 * disk keeps what it confirms, because each commit is synced (`synchronous = FULL`). An append holds a few
 * report rows and happens some times a second, so the sync (0.3 ms on an SSD) is not felt; NORMAL would lose the last
 * commits with the power.
 *
 * Throws LU_STORE_FOREIGN (not a Luthier store; untouched), LU_STORE_READ_ONLY, LU_STORE_LOCKED, LU_STORE_VERSION
 * (written by a newer Luthier), LU_STORE_DAMAGED, LU_STORE_MISSING, LU_STORE_ACCESS; later calls also LU_STORE_FULL and
 * LU_STORE_CLOSED. Files up to 64 MB are checked for damage when opened; in larger ones it is reported where it is met.
 *
 * @example
 * const store = await openSqliteStore('.luthier/studies.db');
 * await store.log.append('digits', [{ type: 'note', text: 'begins' }]); // { accepted: true, sequence: 1 }
 * await store.close();
 */
export async function openSqliteStore(path: string, options: SqliteStoreOptions = {}): Promise<SqliteStore> {
  const { readOnly = false, clock = systemClock } = options;
  const connection = await openConnection({
    path: resolve(path),
    readOnly,
    mustExist: options.mustExist ?? readOnly,
    lockTimeoutMs: options.lockTimeoutMs ?? DEFAULT_LOCK_TIMEOUT_MS,
    clock,
  });
  const changes = new ChangeNotifier(connection, clock);
  const close = async (): Promise<void> => {
    await connection.close();
    changes.notify();
  };
  return {
    log: sqliteLog(connection, changes, clock, close),
    leases: sqliteLeases(connection, clock),
    close,
  };
}
