import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import {
  choice,
  createStudy,
  float,
  minimize,
  type NewEvent,
  openStudy,
  type StudyEvent,
  type StudyLog,
  space,
} from '@luthier/search';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSqliteStore, type SqliteStore, type SqliteStoreOptions } from './sqlite.ts';
import { withoutSqliteWarning } from './sqlite-module.ts';
import { APPLICATION_ID } from './sqlite-schema.ts';

const run = promisify(execFile);
let folder: string;
let path: string;
const stores: SqliteStore[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'luthier-sqlite-'));
  path = join(folder, 'studies.db');
});

afterEach(async () => {
  await Promise.all(stores.splice(0).map((store) => store.close()));
  await chmod(folder, 0o755);
  await rm(folder, { recursive: true });
});

async function open(options: SqliteStoreOptions = {}): Promise<SqliteStore> {
  const store = await openSqliteStore(path, options);
  stores.push(store);
  return store;
}

function fixture(name: string): string {
  return fileURLToPath(new URL(`./fixtures/${name}.ts`, import.meta.url));
}

function note(text: string, claim?: string): NewEvent {
  return { type: 'note', text, ...(claim === undefined ? {} : { claim }) };
}

async function eventsOf(log: StudyLog, study = 'study'): Promise<StudyEvent[]> {
  const events: StudyEvent[] = [];
  for await (const event of log.read(study, 0)) events.push(event);
  return events;
}

/** A closed store with events. */
async function written(events = 1): Promise<void> {
  const store = await openSqliteStore(path);
  await store.log.append(
    'study',
    Array.from({ length: events }, (_, index) => note(`${index} ${'text '.repeat(20)}`)),
  );
  await store.close();
}

describe('a file that is no store', () => {
  it.each([
    ['text', async () => writeFile(path, 'import everything from nowhere;\n'.repeat(40))],
    ['a short text', async () => writeFile(path, 'x')],
    [
      'the database of another program',
      async () => {
        const other = new DatabaseSync(path);
        other.exec('CREATE TABLE customers (name TEXT); PRAGMA application_id = 7;');
        other.close();
      },
    ],
    [
      'a database in WAL mode without an application id',
      async () => {
        const other = new DatabaseSync(path);
        other.exec('PRAGMA journal_mode = WAL; CREATE TABLE events (name TEXT);');
        other.close();
      },
    ],
  ])('is refused and stays as it was (%s)', async (_name, create) => {
    await create();
    const before = await readFile(path);
    for (const readOnly of [false, true]) {
      await expect(open({ readOnly })).rejects.toMatchObject({ code: 'LU_STORE_FOREIGN', where: path });
    }
    expect(await readFile(path)).toEqual(before);
    expect(await readdir(folder)).toEqual(['studies.db']);
  });

  it('but a folder is refused', async () => {
    await mkdir(path);
    await expect(open()).rejects.toMatchObject({ code: 'LU_STORE_FOREIGN' });
  });

  it('but an empty file becomes one, unless it is only to be read', async () => {
    await writeFile(path, '');
    await expect(open({ readOnly: true })).rejects.toMatchObject({ code: 'LU_STORE_FOREIGN' });
    const store = await open();
    expect(await store.log.studies()).toEqual([]);
  });
});

describe('a store that cannot be used', () => {
  it('because it is missing is refused when it must exist, and nothing is created', async () => {
    await expect(open({ mustExist: true })).rejects.toMatchObject({ code: 'LU_STORE_MISSING' });
    await expect(open({ readOnly: true })).rejects.toMatchObject({ code: 'LU_STORE_MISSING' });
    expect(await readdir(folder)).toEqual([]);
  });

  it('because a file stands where its folder should be is refused', async () => {
    await writeFile(join(folder, 'file'), '');
    path = join(folder, 'file', 'studies.db');
    await expect(open()).rejects.toMatchObject({ code: 'LU_STORE_ACCESS' });
  });

  it('because a newer Luthier wrote it is refused', async () => {
    await written();
    const database = new DatabaseSync(path);
    database.exec('PRAGMA user_version = 99');
    database.close();
    await expect(open()).rejects.toMatchObject({
      code: 'LU_STORE_VERSION',
      message: expect.stringContaining('format 99'),
    });
  });

  it.each([
    ['cut off', async () => truncate(path, Math.floor((await stat(path)).size / 2))],
    ['cut off in its header', async () => truncate(path, 50)],
    [
      'overwritten in the middle',
      async () => {
        const content = await readFile(path);
        content.fill(0xab, 4096, content.length - 4096);
        await writeFile(path, content);
      },
    ],
    [
      'without a table',
      async () => {
        const database = new DatabaseSync(path);
        database.exec('DROP TABLE leases');
        database.close();
      },
    ],
  ])('because it is damaged is refused and stays as it was (%s)', async (_name, damage) => {
    await written(500);
    await damage();
    const before = await readFile(path);
    await expect(open()).rejects.toMatchObject({ code: 'LU_STORE_DAMAGED', where: path });
    expect(await readFile(path)).toEqual(before);
  });

  it('because an event is not JSON says which', async () => {
    await written(2);
    const database = new DatabaseSync(path);
    database.exec("UPDATE events SET body = '{' WHERE sequence = 2");
    database.close();
    const store = await open();
    await expect(eventsOf(store.log)).rejects.toMatchObject({
      code: 'LU_STORE_DAMAGED',
      message: expect.stringContaining('event 2 of study study'),
    });
  });

  it('because another process keeps it locked says so, and can be used afterwards', async () => {
    const store = await open({ lockTimeoutMs: 60 });
    const other = new DatabaseSync(path);
    other.exec('BEGIN IMMEDIATE');
    await expect(store.log.append('study', [note('late')])).rejects.toMatchObject({
      code: 'LU_STORE_LOCKED',
    });
    expect(await eventsOf(store.log)).toEqual([]);
    other.exec('ROLLBACK');
    other.close();
    expect(await store.log.append('study', [note('now')])).toEqual({ accepted: true, sequence: 1 });
  });

  it('because another process keeps it for itself is refused when opened', async () => {
    await written();
    const other = new DatabaseSync(path);
    other.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN IMMEDIATE; DELETE FROM leases; COMMIT;');
    await expect(open({ lockTimeoutMs: 60 })).rejects.toMatchObject({ code: 'LU_STORE_LOCKED' });
    other.close();
  });

  it('waits for a lock that is given back in time, without blocking', async () => {
    const store = await open();
    const other = new DatabaseSync(path);
    other.exec('BEGIN IMMEDIATE');
    const appended = store.log.append('study', [note('patient')]);
    setTimeout(() => other.exec('ROLLBACK'), 60);
    expect(await appended).toEqual({ accepted: true, sequence: 1 });
    other.close();
  });

  it('after it was closed says so', async () => {
    const store = await open();
    await store.close();
    await store.close();
    await expect(store.log.studies()).rejects.toMatchObject({ code: 'LU_STORE_CLOSED' });
    await expect(store.log.append('study', [note('late')])).rejects.toMatchObject({
      code: 'LU_STORE_CLOSED',
    });
  });

  describe.runIf(process.platform !== 'win32')('without the right to write', () => {
    const opened = async (mode: string): Promise<string> => {
      const { stdout } = await run(process.execPath, [fixture('open-unprivileged'), path, mode]);
      return stdout.trim();
    };

    beforeEach(async () => {
      await written();
      await chmod(folder, 0o755);
    });

    it('is refused as read-only when the file may not be written', async () => {
      await chmod(folder, 0o777);
      await chmod(path, 0o444);
      expect(await opened('write')).toBe('LU_STORE_READ_ONLY');
    });

    it('is refused as read-only when the folder may not be written, but can be read', async () => {
      await chmod(path, 0o666);
      await chmod(folder, 0o555);
      expect(await opened('write')).toBe('LU_STORE_READ_ONLY');
      expect(await opened('readOnly')).toBe('1');
    });

    it('is not created in a folder that may not be written', async () => {
      path = join(folder, 'deeper', 'studies.db');
      expect(await opened('write')).toBe('LU_STORE_READ_ONLY');
    });
  });

  it('opened to be read refuses to write', async () => {
    await written();
    const store = await open({ readOnly: true });
    await expect(store.log.append('study', [note('x')])).rejects.toMatchObject({
      code: 'LU_STORE_READ_ONLY',
    });
    await expect(store.log.remove('study')).rejects.toMatchObject({ code: 'LU_STORE_READ_ONLY' });
    expect(await eventsOf(store.log)).toHaveLength(1);
  });
});

describe('a study in a file', () => {
  it('[#73] is there whole when it is opened again: trials, reports, values and space', async () => {
    const first = await open();
    const study = await createStudy({
      log: first.log,
      name: 'kept',
      space: space({ rate: float(1e-4, 1, { log: true }), optimizer: choice(['sgd', 'adam']) }),
      objectives: [minimize('loss')],
      seed: 4,
    });
    for (let number = 0; number < 3; number++) {
      await study.ask();
      const attempt = await study.start(number, 'test');
      const loss = [1 / (number + 1), 0.5 / (number + 1)];
      await study.report(number, attempt, { steps: [1, 2], seconds: [0.1, 0.2], metrics: { loss } });
      await study.tell(number, attempt, { outcome: 'complete', values: [loss[1]!] });
    }
    await first.close();
    const again = await openStudy({ log: (await open()).log, name: 'kept' });
    expect(again.history).toEqual(study.history);
    expect(again.history.trials.map(({ values }) => values)).toEqual([[0.5], [0.25], [0.5 / 3]]);
    expect(again.best!.number).toBe(2);
  });
});

describe('a long log', () => {
  it('is read in order, also while it grows', async () => {
    await written(1200);
    const store = await open();
    const sequences: number[] = [];
    for await (const event of store.log.read('study', 10)) {
      sequences.push(event.sequence);
      if (event.sequence === 600) await store.log.append('study', [note('grown')]);
    }
    expect(sequences).toEqual(Array.from({ length: 1191 }, (_, index) => index + 11));
  });

  it('keeps the order of appends that were not waited for', async () => {
    const store = await open();
    const texts = Array.from({ length: 50 }, (_, index) => `note ${index}`);
    await Promise.all(texts.map((text) => store.log.append('study', [note(text)])));
    expect((await eventsOf(store.log)).map((event) => 'text' in event && event.text)).toEqual(texts);
  });
});

describe('several processes', () => {
  it('create and append to one store without loss, and every claim has one winner', async () => {
    const names = ['one', 'two', 'three'];
    const outputs = await Promise.all(
      names.map((name) => run(process.execPath, [fixture('appender'), path, name, '25'])),
    );
    const won = outputs.map(({ stdout }) => Number(/won (\d+)/.exec(stdout)?.[1]));
    expect(won.reduce((sum, count) => sum + count, 0)).toBe(25);
    const events = await eventsOf((await open()).log);
    expect(events.map((event) => event.sequence)).toEqual(events.map((_, index) => index + 1));
    expect(events).toHaveLength(3 * 25 * 2 + 25);
    const texts = events
      .filter((event) => event.claim === undefined)
      .map((event) => 'text' in event && event.text);
    for (const name of names) {
      const own = texts.filter((text) => typeof text === 'string' && text.startsWith(`${name} `));
      expect(own).toEqual(Array.from({ length: 25 }, (_, i) => [`${name} ${i} a`, `${name} ${i} b`]).flat());
    }
    // A batch is never torn: its two events are neighbours.
    for (let index = 0; index < texts.length; index += 2) {
      expect(String(texts[index + 1])).toBe(String(texts[index]).replace(/a$/, 'b'));
    }
  });

  it('may be killed: what was acknowledged is there, whole', async () => {
    const child = spawn(process.execPath, [fixture('appender'), path, 'one', '100000'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let acknowledged = 0;
    for await (const line of createInterface(child.stdout)) {
      acknowledged = Number(line);
      if (acknowledged > 60) child.kill('SIGKILL');
    }
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    const events = await eventsOf((await open()).log);
    expect(events.length).toBeGreaterThanOrEqual(acknowledged);
    const torn = events.filter((event) => 'text' in event && / [ab]$/.test(String(event.text)));
    expect(torn.length % 2).toBe(0);
  });

  it('see live what another connection appends, until the store is closed', async () => {
    const writer = await open();
    const reader = await open();
    await writer.log.append('study', [note('before')]);
    const seen: string[] = [];
    for await (const event of reader.log.watch('study', 0)) {
      seen.push('text' in event ? String(event.text) : '');
      if (seen.length === 1) await writer.log.append('study', [note('live')]);
      if (seen.length === 2) await reader.close();
    }
    expect(seen).toEqual(['before', 'live']);
  });
});

describe('the views', () => {
  const why = { text: 'Looks good.', sampler: 'gp' };
  const at = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
  const block = (steps: readonly number[], valLoss: readonly number[]) => ({
    steps,
    seconds: steps.map((step) => step / 2),
    metrics: { valLoss },
  });

  it('trials, params and metrics show what happened, one row each', async () => {
    const store = await open({ clock: { now: () => at, after: () => () => {} } });
    const asked = (trial: number, params: Record<string, number | string | boolean>): NewEvent => ({
      type: 'trial-asked',
      trial,
      params,
      why,
      seed: 10 + trial,
    });
    const started = (trial: number, attempt: number): NewEvent => ({
      type: 'trial-started',
      trial,
      attempt,
      runner: `pool ${attempt}`,
    });
    await store.log.append('study', [
      asked(0, { units: 32, activation: 'relu', bias: true }),
      started(0, 1),
      { type: 'trial-reported', trial: 0, attempt: 1, block: block([1, 2], [0.5, Number.NaN]) },
      { type: 'trial-finished', trial: 0, attempt: 1, outcome: 'interrupted', reason: 'stopped' },
      started(0, 2),
      { type: 'trial-reported', trial: 0, attempt: 2, block: block([2], [0.25]) },
      {
        type: 'trial-finished',
        trial: 0,
        attempt: 2,
        outcome: 'complete',
        values: [0.25],
        metrics: { valLoss: 0.25 },
        params: { units: 32, activation: 'relu', bias: true, rate: 0.5 },
      },
      asked(1, { units: 64 }),
      started(1, 1),
      {
        type: 'trial-reported',
        trial: 1,
        attempt: 1,
        block: block([1, 2], [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]),
      },
      {
        type: 'trial-finished',
        trial: 1,
        attempt: 1,
        outcome: 'failed',
        reason: 'diverged',
        message: 'loss is NaN',
      },
      asked(2, { units: 96 }),
      started(2, 1),
      { type: 'trial-finished', trial: 2, attempt: 1, outcome: 'interrupted' },
      started(2, 2),
      asked(3, { units: 128 }),
      asked(4, { units: 160 }),
      started(4, 1),
      {
        type: 'trial-finished',
        trial: 4,
        attempt: 1,
        outcome: 'complete',
        values: [Number.NEGATIVE_INFINITY],
      },
    ]);
    const database = new DatabaseSync(path, { readOnly: true });
    const rows = (sql: string): unknown[] =>
      database
        .prepare(sql)
        .all()
        .map((row) => ({ ...row }));
    const time = '2026-01-02T03:04:05.678Z';
    expect(rows('SELECT * FROM trials WHERE trial = 0')).toEqual([
      {
        study: 'study',
        trial: 0,
        state: 'complete',
        value: 0.25,
        metrics: '{"valLoss":0.25}',
        attempt: 2,
        runner: 'pool 2',
        reason: null,
        message: null,
        sampler: 'gp',
        why: 'Looks good.',
        purpose: 'search',
        seed: 10,
        asked_at: time,
        started_at: time,
        finished_at: time,
      },
    ]);
    expect(rows('SELECT trial, state, value, attempt, reason, message FROM trials WHERE trial > 0')).toEqual([
      { trial: 1, state: 'failed', value: null, attempt: 1, reason: 'diverged', message: 'loss is NaN' },
      { trial: 2, state: 'running', value: null, attempt: 2, reason: null, message: null },
      { trial: 3, state: 'asked', value: null, attempt: 0, reason: null, message: null },
      {
        trial: 4,
        state: 'complete',
        value: Number.NEGATIVE_INFINITY,
        attempt: 1,
        reason: null,
        message: null,
      },
    ]);
    expect(rows('SELECT name, value, kind FROM params WHERE trial = 0')).toEqual([
      { name: 'units', value: 32, kind: 'number' },
      { name: 'activation', value: 'relu', kind: 'text' },
      { name: 'bias', value: 1, kind: 'boolean' },
      { name: 'rate', value: 0.5, kind: 'number' },
    ]);
    const shared = { metric: 'valLoss' };
    expect(rows('SELECT trial, attempt, step, seconds, metric, value FROM metrics')).toEqual([
      { trial: 0, attempt: 1, step: 1, seconds: 0.5, ...shared, value: 0.5 },
      { trial: 0, attempt: 1, step: 2, seconds: 1, ...shared, value: null },
      { trial: 0, attempt: 2, step: 2, seconds: 1, ...shared, value: 0.25 },
      { trial: 1, attempt: 1, step: 1, seconds: 0.5, ...shared, value: Number.POSITIVE_INFINITY },
      { trial: 1, attempt: 1, step: 2, seconds: 1, ...shared, value: Number.NEGATIVE_INFINITY },
    ]);
    database.close();
  });
});

describe('the file', () => {
  it('is marked as a Luthier store, in WAL mode', async () => {
    await written();
    const database = new DatabaseSync(path, { readOnly: true });
    expect({ ...database.prepare('PRAGMA application_id').get() }).toEqual({
      application_id: APPLICATION_ID,
    });
    expect({ ...database.prepare('PRAGMA journal_mode').get() }).toEqual({ journal_mode: 'wal' });
    database.close();
    expect(Buffer.from(Uint32Array.of(APPLICATION_ID).buffer).reverse().toString()).toBe('LuTh');
  });
});

describe('the warning that node:sqlite is experimental', () => {
  it('is the only one that is kept back while the module is loaded', async () => {
    const emit = process.emitWarning;
    const seen: string[] = [];
    const record = ((warning: string) => seen.push(warning)) as typeof process.emitWarning;
    process.emitWarning = record;
    try {
      await withoutSqliteWarning(async () => {
        process.emitWarning(
          'SQLite is an experimental feature and might change at any time',
          'ExperimentalWarning',
        );
        process.emitWarning('something else', 'ExperimentalWarning');
      });
      expect(process.emitWarning).toBe(record);
    } finally {
      process.emitWarning = emit;
    }
    expect(seen).toEqual(['something else']);
  });
});
