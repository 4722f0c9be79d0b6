import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { LuthierError } from '@luthier/core';
import type { Blobs } from '@luthier/search';

const DIGEST = /^[0-9a-f]{64}$/;
/** Folder of files being written; what a killed process left there is removed after an hour. */
const UNFINISHED = 'unfinished';
const UNFINISHED_KEPT_MS = 3_600_000;

function digestOf(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

/**
 * Blobs as files named by the SHA-256 of their content, in two levels of folders: `ab/cd/abcd...`.
 *
 * A blob is there whole or not at all, also after `kill -9`: it is written beside, synced and renamed. Reading checks
 * the content. Any number of processes may share the folder, which is created with the first blob.
 * Methods throw LU_BLOB_MISSING, LU_BLOB_DAMAGED and LU_BLOB_DIGEST.
 *
 * @example
 * const blobs = openFileBlobs('.luthier/blobs');
 * const digest = await blobs.put(new TextEncoder().encode('weights'));
 * await blobs.get(digest);
 */
export function openFileBlobs(folder: string): Blobs {
  const root = resolve(folder);
  let swept: Promise<void> | undefined;

  const fileOf = (digest: string): string => {
    if (DIGEST.test(digest)) return join(root, digest.slice(0, 2), digest.slice(2, 4), digest);
    throw new LuthierError('LU_BLOB_DIGEST', `blob '${digest}': not a SHA-256 in lower-case hex`, {
      fix: 'Give the 64 characters that put returned.',
    });
  };

  return {
    async put(content): Promise<string> {
      const digest = digestOf(content);
      const file = fileOf(digest);
      if (await holds(file, content)) return digest;
      const unfinished = join(root, UNFINISHED);
      await Promise.all([mkdir(unfinished, { recursive: true }), mkdir(dirname(file), { recursive: true })]);
      swept ??= sweep(unfinished);
      await swept;
      await replaceFile(file, join(unfinished, `${digest.slice(0, 16)}-${randomUUID()}`), content);
      return digest;
    },

    async get(digest): Promise<Uint8Array> {
      const file = fileOf(digest);
      let content: Buffer;
      try {
        content = await readFile(file);
      } catch (error) {
        if (!isMissing(error)) throw error;
        throw new LuthierError('LU_BLOB_MISSING', `blob ${digest}: there is no file ${file}`, {
          where: file,
          fix: 'Restore the folder of blobs that belongs to the store, or start the trial again.',
          cause: error,
        });
      }
      if (digestOf(content) === digest) return content;
      throw new LuthierError('LU_BLOB_DAMAGED', `blob ${digest}: the content of ${file} has changed`, {
        where: file,
        fix: 'Restore the file from a copy, or delete it and start the trial again.',
      });
    },

    async delete(digest): Promise<void> {
      await rm(fileOf(digest), { force: true });
    },
  };
}

/** True when the file has exactly this content; a damaged one is to be written again. */
async function holds(file: string, content: Uint8Array): Promise<boolean> {
  try {
    if ((await stat(file)).size !== content.byteLength) return false;
    return Buffer.compare(await readFile(file), content) === 0;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

async function replaceFile(file: string, temporary: string, content: Uint8Array): Promise<void> {
  try {
    const handle = await open(temporary, 'wx');
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(dirname(file));
}

/** The new name is durable only with its folder. */
async function syncFolder(folder: string): Promise<void> {
  // Windows cannot open folders, and needs no such sync.
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function sweep(unfinished: string): Promise<void> {
  for (const name of await readdir(unfinished)) {
    const file = join(unfinished, name);
    const age = await stat(file).then(
      (found) => Date.now() - found.mtimeMs,
      () => 0,
    );
    if (age > UNFINISHED_KEPT_MS) await rm(file, { force: true });
  }
}
