import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { didYouMean, LuthierError } from '@luthier/core';
import { type Blobs, type Leases, memoryLog, type StudyLog } from '@luthier/search';
import { openFileBlobs } from './file-blobs.ts';
import { memoryLeases } from './memory-leases.ts';
import { openSqliteStore, type SqliteStoreOptions } from './sqlite.ts';

/** Everything that holds studies. */
export interface Store {
  /** As given to `openStore`. */
  readonly url: string;
  readonly log: StudyLog;
  readonly leases: Leases;
  /** The blobs of one study: a folder of its own, so that what one study deletes no other one misses. */
  blobs(study: string): Blobs;
  /** That folder, for trial processes. */
  blobsFolder(study: string): string;
  /** Absolute path of the file and its folder; absent in memory. */
  readonly file?: string;
  readonly folder?: string;
  close(): Promise<void>;
}

type Opener = (rest: string, url: string, options: SqliteStoreOptions) => Promise<Store>;

const SCHEMES: Readonly<Record<string, Opener>> = { sqlite: openFile, memory: openMemory };

/** A scheme has at least two letters: `C:\studies.db` is a path. */
const URL_FORM = /^([a-z][a-z0-9+.-]+):(.*)$/is;

/**
 * Opens the store of a path or URL, and creates it when there is none.
 *
 * - `runs/studies.db`, `sqlite:runs/studies.db`, `sqlite:///home/me/studies.db`: a SQLite file; blobs go into the
 *   folder `blobs/STUDY` beside it, and go with their study.
 * - `memory:`: gone when closed; blobs go into a temporary folder.
 *
 * Throws LU_STORE_SCHEME, and what `openSqliteStore` throws.
 *
 * @example
 * const store = await openStore('.luthier/studies.db');
 * for (const { study, events } of await store.log.studies()) console.log(study, events);
 * await store.close();
 */
export async function openStore(url: string, options: SqliteStoreOptions = {}): Promise<Store> {
  const [, given, rest = ''] = URL_FORM.exec(url) ?? [];
  if (given === undefined) return openFile(url, url, options);
  const scheme = given.toLowerCase();
  const opener = Object.hasOwn(SCHEMES, scheme) ? SCHEMES[scheme] : undefined;
  if (opener !== undefined) return opener(rest, url, options);
  const known = Object.keys(SCHEMES);
  // The rest of such a URL may hold a password, which has no place in a message.
  throw schemeError(
    `${scheme}:...`,
    `there is no '${scheme}:' store; there are ${known.map((name) => `${name}:`).join(' and ')}${didYouMean(scheme, known)}`,
  );
}

function schemeError(url: string, what: string): LuthierError {
  return new LuthierError('LU_STORE_SCHEME', `store ${url}: ${what}`, {
    where: url,
    fix: "Give the path of a file such as '.luthier/studies.db', or 'memory:'.",
  });
}

async function openFile(rest: string, url: string, options: SqliteStoreOptions): Promise<Store> {
  const path = rest.startsWith('///') ? rest.slice(2) : rest;
  if (path === '' || path.startsWith('//')) throw schemeError(url, 'the path of the file is missing');
  const file = resolve(path);
  const folder = dirname(file);
  const { log, leases, close } = await openSqliteStore(file, options);
  return { url, leases, ...withBlobs(log, join(folder, 'blobs')), file, folder, close };
}

async function openMemory(rest: string, url: string, options: SqliteStoreOptions): Promise<Store> {
  if (rest !== '') throw schemeError(url, `'memory:' takes nothing behind it`);
  const { clock } = options;
  const log = memoryLog(clock === undefined ? {} : { clock: clock.now });
  const root = await mkdtemp(join(tmpdir(), 'luthier-blobs-'));
  const close = async (): Promise<void> => {
    await log.close();
    await rm(root, { recursive: true, force: true });
  };
  return { url, leases: memoryLeases(clock), ...withBlobs(log, root), close };
}

/** A log and the blobs of its studies below a folder. */
function withBlobs(log: StudyLog, root: string): Pick<Store, 'log' | 'blobs' | 'blobsFolder'> {
  // A name may hold anything; a folder may not.
  const blobsFolder = (study: string): string => join(root, encodeURIComponent(study).replaceAll('.', '%2E'));
  return {
    blobsFolder,
    blobs: (study) => openFileBlobs(blobsFolder(study)),
    log: {
      append: (study, events) => log.append(study, events),
      read: (study, after) => log.read(study, after),
      watch: (study, after, signal) => log.watch(study, after, signal),
      snapshot: (study) => log.snapshot(study),
      saveSnapshot: (study, snapshot) => log.saveSnapshot(study, snapshot),
      studies: () => log.studies(),
      remove: async (study) => {
        await log.remove(study);
        await rm(blobsFolder(study), { recursive: true, force: true });
      },
      close: () => log.close(),
    },
  };
}
