import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Leases } from '@luthier/search';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { manualClock } from '../runners/fixtures/manual-clock.ts';
import { openStore, type Store } from './open-store.ts';
import { readHistory } from './read-history.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'luthier-store-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function using<Result>(url: string, use: (store: Store) => Promise<Result> | Result): Promise<Result> {
  const store = await openStore(url);
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}

describe('openStore', () => {
  it.each([
    ['a path', (file: string) => file],
    ['sqlite: and a path', (file: string) => `sqlite:${file}`],
    ['sqlite:// and an absolute path', (file: string) => `sqlite://${file}`],
    ['upper case', (file: string) => `SQLITE:${file}`],
  ])('takes %s as a SQLite file with its blobs beside it', async (_name, urlOf) => {
    const file = join(folder, 'deep', 'studies.db');
    const url = urlOf(file);
    await using(url, async (store) => {
      expect(store).toMatchObject({
        url,
        file,
        folder: join(folder, 'deep'),
      });
      expect(store.blobsFolder('study')).toBe(join(folder, 'deep', 'blobs', 'study'));
      const digest = await store.blobs('study').put(Uint8Array.of(1, 2, 3));
      expect([...(await store.blobs('study').get(digest))]).toEqual([1, 2, 3]);
      await store.log.append('study', [{ type: 'note', text: 'kept' }]);
    });
    await using(file, async (store) => expect(await store.log.studies()).toHaveLength(1));
  });

  it('keeps the blobs of every study apart, and removes them with it', async () => {
    await using('memory:', async (store) => {
      const [mine, other] = [store.blobs('mine'), store.blobs('../other')];
      await store.log.append('mine', [{ type: 'note', text: 'a' }]);
      const digest = await mine.put(Uint8Array.of(7));
      expect(await other.put(Uint8Array.of(7))).toBe(digest);
      expect(dirname(store.blobsFolder('../other'))).toBe(dirname(store.blobsFolder('mine')));
      await mine.delete(digest);
      expect([...(await other.get(digest))]).toEqual([7]);
      await store.log.remove('../other');
      expect(existsSync(store.blobsFolder('../other'))).toBe(false);
      expect(await store.log.studies()).toHaveLength(1);
    });
  });

  it('takes memory: as a store that leaves nothing behind', async () => {
    const blobsFolder = await using('memory:', async (store) => {
      await store.log.append('study', [{ type: 'note', text: 'gone' }]);
      await store.blobs('study').put(Uint8Array.of(1));
      expect(existsSync(store.blobsFolder('study'))).toBe(true);
      return store.blobsFolder('study');
    });
    expect(existsSync(blobsFolder)).toBe(false);
    await using('memory:', async (store) => expect(await store.log.studies()).toEqual([]));
  });

  it.each(['postgres://host/db', 'sqlit:x.db', 'constructor:x'])(
    'refuses %s and says what there is',
    async (url) => {
      await expect(openStore(url)).rejects.toMatchObject({
        code: 'LU_STORE_SCHEME',
        message: expect.stringMatching(/sqlite: and memory:/),
      });
    },
  );

  it.each(['', 'sqlite:', 'sqlite://studies.db', 'memory:name'])(
    'refuses %j, which names no store',
    async (url) => {
      await expect(openStore(url)).rejects.toMatchObject({ code: 'LU_STORE_SCHEME' });
    },
  );
});

describe('readHistory', () => {
  it('folds the events since the snapshot into it', async () => {
    await using('memory:', async ({ log }) => {
      await log.append('digits', [
        {
          type: 'study-created',
          space: { parameters: [] },
          objectives: [{ metric: 'valLoss', direction: 'minimize' }],
          seed: 1,
          budget: { trials: 3 },
          sampler: { name: 'grid' },
          scheduler: { name: 'none' },
        },
      ]);
      const before = await readHistory(log, 'digits');
      await log.saveSnapshot('digits', { sequence: 1, history: { ...before, seed: 42 } });
      await log.append('digits', [{ type: 'note', text: 'later' }]);
      const after = await readHistory(log, 'digits');
      expect(after.seed).toBe(42);
      expect(after.notes.map(({ text }) => text)).toEqual(['later']);
    });
  });

  it('of an unknown study names those that there are', async () => {
    await using('memory:', async ({ log }) => {
      await expect(readHistory(log, 'digits')).rejects.toMatchObject({ code: 'LU_STUDY_UNKNOWN' });
      await log.append('digits', [{ type: 'note', text: 'x' }]);
      await expect(readHistory(log, 'digit')).rejects.toMatchObject({
        message: expect.stringContaining("did you mean 'digits'?"),
      });
    });
  });
});

describe.each(['memory:', 'studies.db'])('leases of %s', (name) => {
  const withLeases = async (
    use: (leases: Leases, clock: ReturnType<typeof manualClock>) => Promise<void>,
  ): Promise<void> => {
    const clock = manualClock(1000);
    const store = await openStore(name === 'memory:' ? name : join(folder, name), { clock });
    try {
      await use(store.leases, clock);
    } finally {
      await store.close();
    }
  };
  const lease = (holder: string, expiresAt: number, attempt = 1) => ({
    study: 'study',
    trial: 0,
    attempt,
    holder,
    expiresAt,
  });

  it('belong to one holder until they expire, and can be renewed', () =>
    withLeases(async (leases, clock) => {
      expect(await leases.acquire(lease('a', 2000))).toBe(true);
      expect(await leases.acquire(lease('b', 9000))).toBe(false);
      clock.advance(999);
      expect(await leases.acquire(lease('b', 9000))).toBe(false);
      expect(await leases.acquire(lease('a', 3000))).toBe(true);
      clock.advance(1001);
      expect(await leases.acquire(lease('b', 9000))).toBe(true);
      expect(await leases.list('study')).toEqual([lease('b', 9000)]);
    }));

  it('are given back only by their holder', () =>
    withLeases(async (leases) => {
      await leases.acquire(lease('a', 2000));
      await leases.release('study', 0, 'b');
      expect(await leases.list('study')).toHaveLength(1);
      await leases.release('study', 0, 'a');
      expect(await leases.list('study')).toEqual([]);
      expect(await leases.acquire(lease('b', 2000))).toBe(true);
    }));

  it('are refused to an older attempt, also when they have expired', () =>
    withLeases(async (leases, clock) => {
      await leases.acquire(lease('a', 2000, 2));
      clock.advance(5000);
      expect(await leases.acquire(lease('b', 9000, 1))).toBe(false);
      expect(await leases.acquire(lease('b', 9000, 3))).toBe(true);
    }));

  it('of other trials and studies do not matter', () =>
    withLeases(async (leases) => {
      await leases.acquire(lease('a', 2000));
      expect(await leases.acquire({ ...lease('b', 2000), trial: 1 })).toBe(true);
      expect(await leases.acquire({ ...lease('b', 2000), study: 'other' })).toBe(true);
      expect((await leases.list('study')).map(({ holder }) => holder)).toEqual(['a', 'b']);
    }));
});
