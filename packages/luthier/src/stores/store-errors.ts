import { LuthierError } from '@luthier/core';

/** SQLite's primary result codes that a person can do something about: https://sqlite.org/rescode.html */
const BUSY = 5;
const LOCKED = 6;
const READ_ONLY = 8;
const INPUT_OUTPUT = 10;
const CORRUPT = 11;
const FULL = 13;
const CANNOT_OPEN = 14;
const NOT_A_DATABASE = 26;

/** The primary result code of an error of SQLite, undefined for other errors. */
export function sqliteCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number')
    return undefined;
  return error.errcode & 0xff;
}

/** True when another connection holds the lock, so that it is worth trying again. */
export function isBusy(error: unknown): boolean {
  const code = sqliteCode(error);
  return code === BUSY || code === LOCKED;
}

/** True when SQLite could not open the file, or not for writing. */
export function isUnopenable(error: unknown): boolean {
  const code = sqliteCode(error);
  return code === CANNOT_OPEN || code === READ_ONLY;
}

/** An error of SQLite as one that a person can act on; other errors as they are. */
export function storeError(path: string, error: unknown): unknown {
  switch (sqliteCode(error)) {
    case BUSY:
    case LOCKED:
      return lockedError(path, error);
    case READ_ONLY:
      return readOnlyError(path, error);
    case CORRUPT:
    case NOT_A_DATABASE:
      return damagedError(path, error instanceof Error ? error.message : String(error), error);
    case FULL:
      return new LuthierError('LU_STORE_FULL', `store ${path}: the disk is full`, {
        where: path,
        fix: 'Free some space and go on with --resume; everything acknowledged so far is kept.',
        cause: error,
      });
    case INPUT_OUTPUT:
    case CANNOT_OPEN:
      return new LuthierError('LU_STORE_ACCESS', `store ${path}: the file cannot be read or written`, {
        where: path,
        fix: 'Check that the path is on a working local disk and that you may use it.',
        cause: error,
      });
    default:
      return error;
  }
}

export function lockedError(path: string, cause: unknown): LuthierError {
  return new LuthierError('LU_STORE_LOCKED', `store ${path}: another process keeps it locked`, {
    where: path,
    fix: 'Wait for the other process or end it, or use another --store.',
    cause,
  });
}

export function readOnlyError(path: string, cause?: unknown): LuthierError {
  return new LuthierError('LU_STORE_READ_ONLY', `store ${path}: the file or its folder may not be written`, {
    where: path,
    fix: 'Make the file and its folder writable for you, or use another --store.',
    cause,
  });
}

export function damagedError(path: string, what: string, cause?: unknown): LuthierError {
  return new LuthierError('LU_STORE_DAMAGED', `store ${path}: the file is damaged (${what})`, {
    where: path,
    fix: `Keep a copy, then try 'sqlite3 ${path} .recover', or use another --store.`,
    cause,
  });
}

export function foreignError(path: string, what: string): LuthierError {
  return new LuthierError('LU_STORE_FOREIGN', `store ${path}: ${what}, not a Luthier store`, {
    where: path,
    fix: 'Give --store another path; a new store is created there. This file was not touched.',
  });
}

export function missingError(path: string): LuthierError {
  return new LuthierError('LU_STORE_MISSING', `store ${path}: there is no such file`, {
    where: path,
    fix: "Check the path of --store, or create a store with 'luthier tune'.",
  });
}

export function versionError(path: string, found: number, known: number): LuthierError {
  return new LuthierError(
    'LU_STORE_VERSION',
    `store ${path}: written by a newer Luthier (format ${found}; this one knows ${known})`,
    { where: path, fix: 'Update luthier, or use another --store.' },
  );
}

export function closedError(path: string): LuthierError {
  return new LuthierError('LU_STORE_CLOSED', `store ${path}: it has been closed`, {
    where: path,
    fix: 'Open the store again, and close it only when nothing uses it any more.',
  });
}

export function unknownStudyError(path: string, study: string): LuthierError {
  return new LuthierError('LU_STUDY_UNKNOWN', `store ${path}: there is no study '${study}'`, {
    where: path,
    fix: "List the studies with 'luthier studies'.",
  });
}
