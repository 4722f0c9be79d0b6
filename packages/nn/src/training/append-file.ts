import { LuthierError } from '@luthier/core';

/** A function that appends to a file, whose folders it makes; files exist in Node only. */
export function appendTo(path: string): (piece: string | Uint8Array) => Promise<void> {
  return async (piece) => {
    const { appendFile, mkdir } = await import('node:fs/promises');
    const { dirname } = await import('node:path');
    await mkdir(dirname(path), { recursive: true });
    await appendFile(path, piece);
  };
}

/** Reads where output goes: a path under `name`, or else a function `write`. Throws `LU_CALLBACK_OPTION` unless it is one of them. */
export function readTarget<Write>(
  where: string,
  name: string,
  path: unknown,
  write: Write | undefined,
): { readonly path: string } | { readonly write: Write } {
  const isPath = typeof path === 'string' && path !== '';
  if (isPath && write === undefined) return { path };
  if (path === undefined && typeof write === 'function') return { write };
  throw new LuthierError('LU_CALLBACK_OPTION', `${where} needs either ${name} or a function write`, {
    fix: `Give ${name}: '...', or write: (...) => ..., which keeps what it is given.`,
    where,
  });
}
