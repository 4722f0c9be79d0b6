import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { studyLogContract } from '@luthier/search/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { openSqliteStore } from './sqlite.ts';

const folders: string[] = [];

async function freshPath(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'luthier-contract-'));
  folders.push(folder);
  return join(folder, 'studies.db');
}

// Runs after the suite has closed the log: hooks of a file run after those of its blocks.
afterEach(async () => {
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true })));
});

studyLogContract('the SQLite store', async () => (await openSqliteStore(await freshPath())).log);

describe('watching a study of the SQLite store', () => {
  it('that does not exist, or no longer exists, is an error', async () => {
    const { log } = await openSqliteStore(await freshPath());
    const next = () => log.watch('study', 0)[Symbol.asyncIterator]().next();
    await expect(next()).rejects.toMatchObject({ code: 'LU_STUDY_UNKNOWN' });
    await log.append('study', [{ type: 'note', text: 'x' }]);
    expect(await next()).toMatchObject({ done: false, value: { text: 'x' } });
    const live = log.watch('study', 1)[Symbol.asyncIterator]().next();
    await log.remove('study');
    await expect(live).rejects.toMatchObject({ code: 'LU_STUDY_UNKNOWN' });
    await log.close();
  });
});
