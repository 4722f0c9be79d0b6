import type { Lease, Leases } from '@luthier/search';
import type { Clock } from '../runners/clock.ts';
import type { SqliteConnection } from './sqlite-connection.ts';

/** The leases of a SQLite store. An attempt older than the one on record never gets the lease. */
export function sqliteLeases(connection: SqliteConnection, clock: Clock): Leases {
  return {
    acquire(lease): Promise<boolean> {
      return connection.write((database) => {
        const taken = database
          .prepare(
            `INSERT INTO leases (study, trial, attempt, holder, expires_at) VALUES (?, ?, ?, ?, ?)
             ON CONFLICT (study, trial) DO UPDATE
             SET attempt = excluded.attempt, holder = excluded.holder, expires_at = excluded.expires_at
             WHERE excluded.attempt >= leases.attempt
               AND (leases.holder = excluded.holder OR leases.expires_at <= ?)`,
          )
          .run(
            lease.study,
            lease.trial,
            lease.attempt,
            lease.holder,
            Math.round(lease.expiresAt),
            Math.round(clock.now()),
          );
        return Number(taken.changes) > 0;
      });
    },

    async release(study, trial, holder): Promise<void> {
      await connection.write((database) =>
        database
          .prepare('DELETE FROM leases WHERE study = ? AND trial = ? AND holder = ?')
          .run(study, trial, holder),
      );
    },

    list(study): Promise<readonly Lease[]> {
      return connection.read((database) =>
        database
          .prepare('SELECT trial, attempt, holder, expires_at FROM leases WHERE study = ? ORDER BY trial')
          .all(study)
          .map((row) => ({
            study,
            trial: Number(row.trial),
            attempt: Number(row.attempt),
            holder: String(row.holder),
            expiresAt: Number(row.expires_at),
          })),
      );
    },
  };
}
