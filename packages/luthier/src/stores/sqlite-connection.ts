import { existsSync, statSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import type { Clock } from '../runners/clock.ts';
import { inspectStoreFile } from './sqlite-file.ts';
import { loadSqlite } from './sqlite-module.ts';
import { APPLICATION_ID, SCHEMA, SCHEMA_VERSION, TABLES } from './sqlite-schema.ts';
import {
  closedError,
  damagedError,
  foreignError,
  isBusy,
  isUnopenable,
  lockedError,
  readOnlyError,
  storeError,
  versionError,
} from './store-errors.ts';

/** How long SQLite itself waits for a lock, which blocks the event loop; the rest of the wait does not. */
const BLOCKING_WAIT_MS = 20;
const RETRY_MS = 10;
/** A larger file is not looked through when it is opened: damage is then met where it lies. */
const MAX_CHECKED_BYTES = 64e6;

/** How a connection is opened. */
export interface ConnectionOptions {
  readonly path: string;
  readonly readOnly: boolean;
  readonly mustExist: boolean;
  readonly lockTimeoutMs: number;
  readonly clock: Clock;
}

/** One connection to the file of a store; its errors are ones that a person can act on. */
export class SqliteConnection {
  readonly path: string;
  readonly readOnly: boolean;
  readonly #database: DatabaseSync;
  readonly #options: ConnectionOptions;
  #writes: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  constructor(database: DatabaseSync, options: ConnectionOptions) {
    this.path = options.path;
    this.readOnly = options.readOnly;
    this.#database = database;
    this.#options = options;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Runs a reading action; waits without blocking while another process holds the lock. */
  async read<Result>(action: (database: DatabaseSync) => Result): Promise<Result> {
    const { clock, lockTimeoutMs } = this.#options;
    const deadline = clock.now() + lockTimeoutMs;
    for (;;) {
      if (this.#isClosed) throw closedError(this.path);
      try {
        return action(this.#database);
      } catch (error) {
        if (!isBusy(error)) throw storeError(this.path, error);
        if (clock.now() >= deadline) throw lockedError(this.path, error);
      }
      await new Promise<void>((resolve) => clock.after(RETRY_MS, resolve));
    }
  }

  /** Runs an action in a transaction that holds the write lock; writes of this connection keep their order. */
  write<Result>(action: (database: DatabaseSync) => Result): Promise<Result> {
    if (this.readOnly) return Promise.reject(readOnlyError(this.path));
    const result = this.#writes.then(() => this.read((database) => inTransaction(database, action)));
    this.#writes = result.catch(() => {});
    return result;
  }

  /** Waits for the writes under way and closes the file; more calls do nothing. */
  async close(): Promise<void> {
    await this.#writes;
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#database.close();
  }
}

function inTransaction<Result>(database: DatabaseSync, action: (database: DatabaseSync) => Result): Result {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = action(database);
    database.exec('COMMIT');
    return result;
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

/** Opens the file of a store, and creates it when it may. Throws LU_STORE_* as `openSqliteStore` says. */
export async function openConnection(options: ConnectionOptions): Promise<SqliteConnection> {
  const { path, readOnly } = options;
  const size = await inspectStoreFile(path, { mustExist: options.mustExist, isWritten: !readOnly });
  const { DatabaseSync } = await loadSqlite();
  let database: DatabaseSync;
  try {
    database = new DatabaseSync(path, { readOnly, timeout: BLOCKING_WAIT_MS });
  } catch (error) {
    throw storeError(path, error);
  }
  let connection = new SqliteConnection(database, options);
  try {
    if (!readOnly) {
      await connection.read(ensureSchema);
      await connection.read((opened) => opened.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;'));
    } else if (await cannotShareMemory(connection)) {
      await connection.close();
      connection = new SqliteConnection(
        new DatabaseSync(immutableUrl(path), { readOnly: true, timeout: BLOCKING_WAIT_MS }),
        options,
      );
    }
    await connection.read((opened) => checkStore(opened, path, size));
    return connection;
  } catch (error) {
    await connection.close();
    throw error;
  }
}

/** A reader of a file in WAL mode needs shared memory beside it, which a closed store in a read-only folder has not. */
async function cannotShareMemory(connection: SqliteConnection): Promise<boolean> {
  return connection.read((database) => {
    try {
      database.prepare('SELECT count(*) FROM sqlite_schema').get();
      return false;
    } catch (error) {
      const wal = `${connection.path}-wal`;
      if (isUnopenable(error) && (!existsSync(wal) || statSync(wal).size === 0)) return true;
      throw error;
    }
  });
}

function immutableUrl(path: string): URL {
  const url = pathToFileURL(path);
  url.searchParams.set('immutable', '1');
  return url;
}

function pragma(database: DatabaseSync, name: string): number {
  return Number(database.prepare(`PRAGMA ${name}`).get()?.[name]);
}

function schemaNames(database: DatabaseSync): readonly string[] {
  return database
    .prepare('SELECT name FROM sqlite_schema')
    .all()
    .map((row) => String(row.name));
}

/** Creates the tables in an empty file; in rollback mode, so that the mark is in the file itself from the start. */
function ensureSchema(database: DatabaseSync): void {
  if (schemaNames(database).length > 0) return;
  inTransaction(database, () => {
    if (schemaNames(database).length > 0) return;
    database.exec(SCHEMA);
    database.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${SCHEMA_VERSION};`);
  });
}

function checkStore(database: DatabaseSync, path: string, size: number): void {
  if (pragma(database, 'application_id') !== APPLICATION_ID) {
    throw foreignError(path, 'this is the SQLite file of another program');
  }
  const version = pragma(database, 'user_version');
  if (version > SCHEMA_VERSION) throw versionError(path, version, SCHEMA_VERSION);
  const names = schemaNames(database);
  const lost = TABLES.find((table) => !names.includes(table));
  if (lost !== undefined) throw damagedError(path, `table ${lost} is missing`);
  if (size > MAX_CHECKED_BYTES) return;
  const verdict = database.prepare('PRAGMA quick_check(1)').get()?.quick_check;
  if (verdict !== 'ok') throw damagedError(path, String(verdict));
}
