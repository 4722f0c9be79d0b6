import { access, constants, mkdir, open, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { LuthierError } from '@luthier/core';
import { APPLICATION_ID } from './sqlite-schema.ts';
import { damagedError, foreignError, missingError, readOnlyError } from './store-errors.ts';

const HEADER_BYTES = 100;
const MAGIC = 'SQLite format 3\0';
/** Offset of the application id in the header: https://sqlite.org/fileformat.html#the_database_header */
const APPLICATION_ID_OFFSET = 68;

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}

/**
 * Looks at the file of a store before SQLite does, so that nothing foreign is ever written to. Resolves with its
 * size: 0 means that a store is to be created.
 *
 * Throws LU_STORE_MISSING (when it must exist), LU_STORE_FOREIGN, LU_STORE_READ_ONLY (when it is to be written),
 * LU_STORE_DAMAGED and LU_STORE_ACCESS.
 */
export async function inspectStoreFile(
  path: string,
  options: { readonly mustExist: boolean; readonly isWritten: boolean },
): Promise<number> {
  const size = await sizeOf(path);
  if (size === undefined && options.mustExist) throw missingError(path);
  if (size === undefined) await makeFolder(path);
  else if (size > 0) await checkHeader(path);
  else if (!options.isWritten) throw foreignError(path, 'this is an empty file');
  if (options.isWritten) {
    if (size !== undefined) await checkWritable(path, path);
    await checkWritable(dirname(path), path);
  }
  return size ?? 0;
}

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    const found = await stat(path);
    if (found.isDirectory()) throw foreignError(path, 'this is a folder');
    return found.size;
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT') return undefined;
    throw code === 'ENOTDIR' || code === 'EACCES' ? accessError(path, error) : error;
  }
}

async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
  } catch (error) {
    const code = codeOf(error);
    if (code === 'EACCES' || code === 'EROFS' || code === 'EPERM') throw readOnlyError(path, error);
    throw accessError(path, error);
  }
}

async function checkWritable(target: string, path: string): Promise<void> {
  try {
    await access(target, constants.W_OK);
  } catch (error) {
    throw readOnlyError(path, error);
  }
}

async function checkHeader(path: string): Promise<void> {
  const first = await foreignness(path);
  if (first === undefined) return;
  // While a store is being created its first page may be half there; SQLite's journal says so, and SQLite can wait.
  const isBeingCreated = (await sizeOf(`${path}-journal`)) !== undefined;
  const second = isBeingCreated ? undefined : await foreignness(path);
  if (second !== undefined) throw second;
}

async function foreignness(path: string): Promise<LuthierError | undefined> {
  const header = await readHeader(path);
  const magic = header.toString('latin1', 0, MAGIC.length);
  if (header.length < HEADER_BYTES && header.length >= MAGIC.length && magic === MAGIC) {
    return damagedError(path, `only ${header.length} bytes are left`);
  }
  if (magic !== MAGIC) return foreignError(path, 'this is not a SQLite file');
  if (header.readUInt32BE(APPLICATION_ID_OFFSET) === APPLICATION_ID) return undefined;
  return foreignError(path, 'this is the SQLite file of another program');
}

async function readHeader(path: string): Promise<Buffer> {
  try {
    await using file = await open(path, 'r');
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEADER_BYTES), 0, HEADER_BYTES, 0);
    return buffer.subarray(0, bytesRead);
  } catch (error) {
    throw accessError(path, error);
  }
}

function accessError(path: string, cause: unknown): LuthierError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new LuthierError('LU_STORE_ACCESS', `store ${path}: ${why}`, {
    where: path,
    fix: 'Check the path of --store and that you may read it.',
    cause,
  });
}
