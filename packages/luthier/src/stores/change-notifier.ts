import type { Clock } from '../runners/clock.ts';
import type { SqliteConnection } from './sqlite-connection.ts';

const POLL_MS = 100;

/** Wakes live views: at once after a commit of this connection, within 100 ms after one of another. */
export class ChangeNotifier {
  readonly #connection: SqliteConnection;
  readonly #clock: Clock;
  #waiting: PromiseWithResolvers<void> | undefined;
  #waiters = 0;
  #version: number | undefined;
  #cancelPoll: (() => void) | undefined;

  constructor(connection: SqliteConnection, clock: Clock) {
    this.#connection = connection;
    this.#clock = clock;
  }

  /** Counts a live view; other processes are watched while there are any. The returned function takes it back. */
  async watch(): Promise<() => void> {
    this.#waiters++;
    if (this.#waiters === 1) {
      this.#version = await this.#dataVersion();
      this.#poll();
    }
    return () => {
      this.#waiters--;
      if (this.#waiters > 0) return;
      this.#cancelPoll?.();
      this.#cancelPoll = undefined;
    };
  }

  /** Resolves after the next change. */
  next(): Promise<void> {
    this.#waiting ??= Promise.withResolvers<void>();
    return this.#waiting.promise;
  }

  notify(): void {
    this.#waiting?.resolve();
    this.#waiting = undefined;
  }

  /** Differs from before when another connection has committed: https://sqlite.org/pragma.html#pragma_data_version */
  #dataVersion(): Promise<number> {
    return this.#connection.read((database) =>
      Number(database.prepare('PRAGMA data_version').get()?.data_version),
    );
  }

  #poll(): void {
    if (this.#waiters === 0 || this.#connection.isClosed || this.#cancelPoll !== undefined) return;
    this.#cancelPoll = this.#clock.after(POLL_MS, () => {
      this.#cancelPoll = undefined;
      void this.#look();
    });
  }

  async #look(): Promise<void> {
    try {
      const version = await this.#dataVersion();
      if (version !== this.#version) this.notify();
      this.#version = version;
      this.#poll();
    } catch {
      // The views read next, and meet and throw the same error.
      this.notify();
    }
  }
}
