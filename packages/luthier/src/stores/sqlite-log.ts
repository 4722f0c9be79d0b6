import { decodeJson, encodeJson } from '@luthier/core';
import type {
  Appended,
  NewEvent,
  Sequence,
  Snapshot,
  StudyEvent,
  StudyLog,
  StudySummary,
} from '@luthier/search';
import type { Clock } from '../runners/clock.ts';
import type { ChangeNotifier } from './change-notifier.ts';
import type { SqliteConnection } from './sqlite-connection.ts';
import { damagedError, unknownStudyError } from './store-errors.ts';

const PAGE_ROWS = 500;

interface NewRow {
  readonly type: string;
  readonly trial: number | null;
  readonly claim: string | null;
  readonly body: string;
}

function rowOf(event: NewEvent): NewRow {
  const { type, claim, ...body } = event;
  const trial = 'trial' in event && event.trial !== undefined ? event.trial : null;
  return { type, trial, claim: claim ?? null, body: encodeJson(body) };
}

/** The study log of a SQLite store. */
export function sqliteLog(
  connection: SqliteConnection,
  changes: ChangeNotifier,
  clock: Clock,
  close: () => Promise<void>,
): StudyLog {
  const decode = (text: unknown, what: string): object => {
    try {
      const decoded = decodeJson(String(text));
      if (typeof decoded === 'object' && decoded !== null) return decoded;
    } catch (error) {
      throw damagedError(connection.path, `${what} is not JSON`, error);
    }
    throw damagedError(connection.path, `${what} is not an object`);
  };

  const page = (study: string, after: Sequence): Promise<readonly StudyEvent[]> =>
    connection.read((database) =>
      database
        .prepare(
          'SELECT sequence, at, type, claim, body FROM events WHERE study = ? AND sequence > ? ORDER BY sequence LIMIT ?',
        )
        .all(study, after, PAGE_ROWS)
        .map((row) => {
          const body = decode(row.body, `event ${row.sequence} of study ${study}`);
          const claim = row.claim === null ? {} : { claim: row.claim };
          return { type: row.type, ...body, ...claim, sequence: row.sequence, at: row.at } as StudyEvent;
        }),
    );

  const exists = (study: string): Promise<boolean> =>
    connection.read(
      (database) => database.prepare('SELECT 1 FROM events WHERE study = ? LIMIT 1').get(study) !== undefined,
    );

  async function* read(study: string, after: Sequence): AsyncGenerator<StudyEvent> {
    let position = after;
    for (;;) {
      const events = await page(study, position);
      for (const event of events) {
        position = event.sequence;
        yield event;
      }
      if (events.length < PAGE_ROWS) return;
    }
  }

  async function* watch(study: string, after: Sequence, signal?: AbortSignal): AsyncGenerator<StudyEvent> {
    const isOver = (): boolean => signal?.aborted === true || connection.isClosed;
    if (isOver()) return;
    const aborted = Promise.withResolvers<void>();
    const abort = (): void => aborted.resolve();
    signal?.addEventListener('abort', abort, { once: true });
    const unwatch = await changes.watch();
    try {
      let position = after;
      while (!isOver()) {
        const changed = changes.next();
        for await (const event of read(study, position)) {
          position = event.sequence;
          yield event;
          if (isOver()) return;
        }
        if (isOver()) return;
        if (!(await exists(study))) throw unknownStudyError(connection.path, study);
        await Promise.race([changed, aborted.promise]);
      }
    } finally {
      unwatch();
      signal?.removeEventListener('abort', abort);
    }
  }

  return {
    async append(study, events): Promise<Appended> {
      const rows = events.map(rowOf);
      const appended = await connection.write((database): Appended => {
        const held = database.prepare('SELECT 1 FROM events WHERE study = ? AND claim = ?');
        const claims = new Set<string>();
        for (const { claim } of rows) {
          if (claim === null) continue;
          if (claims.has(claim) || held.get(study, claim) !== undefined) return { accepted: false, claim };
          claims.add(claim);
        }
        const last = database
          .prepare('SELECT max(sequence) AS last FROM events WHERE study = ?')
          .get(study)?.last;
        let sequence = Number(last ?? 0);
        const insert = database.prepare(
          'INSERT INTO events (study, sequence, at, type, trial, claim, body) VALUES (?, ?, ?, ?, ?, ?, ?)',
        );
        const at = Math.round(clock.now());
        for (const row of rows) insert.run(study, ++sequence, at, row.type, row.trial, row.claim, row.body);
        return { accepted: true, sequence };
      });
      if (appended.accepted) changes.notify();
      return appended;
    },

    read,
    watch,

    snapshot(study): Promise<Snapshot | undefined> {
      return connection.read((database) => {
        const row = database.prepare('SELECT sequence, history FROM snapshots WHERE study = ?').get(study);
        if (row === undefined) return undefined;
        const history = decode(row.history, `snapshot of study ${study}`) as Snapshot['history'];
        return { sequence: Number(row.sequence), history };
      });
    },

    async saveSnapshot(study, snapshot): Promise<void> {
      const history = encodeJson(snapshot.history);
      await connection.write((database) =>
        database
          .prepare(
            `INSERT INTO snapshots (study, sequence, history) VALUES (?, ?, ?)
             ON CONFLICT (study) DO UPDATE SET sequence = excluded.sequence, history = excluded.history
             WHERE excluded.sequence >= snapshots.sequence`,
          )
          .run(study, snapshot.sequence, history),
      );
    },

    studies(): Promise<readonly StudySummary[]> {
      return connection.read((database) =>
        database
          .prepare(
            `SELECT study, events, first.at AS created_at, last.at AS changed_at
             FROM (
               SELECT study, count(*) AS events, min(sequence) AS first, max(sequence) AS last, min(rowid) AS position
               FROM events GROUP BY study
             ) AS totals
             JOIN events AS first USING (study) JOIN events AS last USING (study)
             WHERE first.sequence = totals.first AND last.sequence = totals.last
             ORDER BY position`,
          )
          .all()
          .map((row) => ({
            study: String(row.study),
            events: Number(row.events),
            createdAt: Number(row.created_at),
            changedAt: Number(row.changed_at),
          })),
      );
    },

    async remove(study): Promise<void> {
      await connection.write((database) => {
        for (const table of ['events', 'snapshots', 'leases']) {
          database.prepare(`DELETE FROM ${table} WHERE study = ?`).run(study);
        }
      });
      changes.notify();
    },

    close,
  };
}
