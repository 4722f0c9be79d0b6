import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Blobs } from '@luthier/search';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openFileBlobs } from './file-blobs.ts';

/** SHA-256 of the three bytes `abc`: FIPS 180-2, appendix B.1. */
const ABC = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
const abc = new TextEncoder().encode('abc');

let folder: string;
let blobs: Blobs;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'luthier-blobs-'));
  blobs = openFileBlobs(join(folder, 'blobs'));
});

afterEach(() => rm(folder, { recursive: true }));

const fileOfAbc = (): string => join(folder, 'blobs', 'ba', '78', ABC);

describe('blobs in files', () => {
  it('are named by their SHA-256, in two levels of folders', async () => {
    expect(await blobs.put(abc)).toBe(ABC);
    expect(await readFile(fileOfAbc(), 'utf8')).toBe('abc');
    expect(new TextDecoder().decode(await blobs.get(ABC))).toBe('abc');
  });

  it('may be empty', async () => {
    const digest = await blobs.put(new Uint8Array());
    expect((await blobs.get(digest)).byteLength).toBe(0);
  });

  it('that are missing are an error', async () => {
    await expect(blobs.get(ABC)).rejects.toMatchObject({ code: 'LU_BLOB_MISSING', where: fileOfAbc() });
  });

  it('that have changed on disk are an error, and put mends them', async () => {
    await blobs.put(abc);
    for (const damaged of ['abd', 'ab', '']) {
      await writeFile(fileOfAbc(), damaged);
      await expect(blobs.get(ABC)).rejects.toMatchObject({ code: 'LU_BLOB_DAMAGED', where: fileOfAbc() });
      await blobs.put(abc);
      expect(new TextDecoder().decode(await blobs.get(ABC))).toBe('abc');
    }
  });

  it('can be deleted twice', async () => {
    await blobs.put(abc);
    await blobs.delete(ABC);
    await blobs.delete(ABC);
    await expect(blobs.get(ABC)).rejects.toMatchObject({ code: 'LU_BLOB_MISSING' });
  });

  it('of the same content can be put at the same time', async () => {
    const content = new Uint8Array(300_000).fill(7);
    const others = [blobs, openFileBlobs(join(folder, 'blobs')), blobs, blobs];
    const digests = await Promise.all(others.map((other) => other.put(content)));
    expect(new Set(digests).size).toBe(1);
    expect(await blobs.get(digests[0]!)).toEqual(Buffer.from(content));
    expect(await readdir(join(folder, 'blobs', 'unfinished'))).toEqual([]);
  });

  it.each(['', 'abc', `../${ABC}`, ABC.toUpperCase()])('refuse what is no digest: %s', async (digest) => {
    await expect(blobs.get(digest)).rejects.toMatchObject({ code: 'LU_BLOB_DIGEST' });
    await expect(blobs.delete(digest)).rejects.toMatchObject({ code: 'LU_BLOB_DIGEST' });
  });

  it('clear away what a killed process left an hour ago, and nothing newer', async () => {
    const unfinished = join(folder, 'blobs', 'unfinished');
    await mkdir(unfinished, { recursive: true });
    await Promise.all(['old', 'new'].map((name) => writeFile(join(unfinished, name), 'half')));
    const past = new Date(Date.now() - 2 * 3_600_000);
    await utimes(join(unfinished, 'old'), past, past);
    await blobs.put(abc);
    expect(await readdir(unfinished)).toEqual(['new']);
  });
});
