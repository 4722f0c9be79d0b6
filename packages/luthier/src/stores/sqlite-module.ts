const WARNING = 'SQLite is an experimental feature';

type EmitWarning = typeof process.emitWarning;

/**
 * Runs `load` without the warning that `node:sqlite` is experimental, which Node 22 prints on its first import (Node 24
 * does not); every other warning passes.
 */
export async function withoutSqliteWarning<Result>(load: () => Promise<Result>): Promise<Result> {
  const emit: EmitWarning = process.emitWarning;
  const filtered = (warning: string | Error, ...rest: readonly unknown[]): void => {
    const text = typeof warning === 'string' ? warning : warning.message;
    if (!text.startsWith(WARNING)) Reflect.apply(emit, process, [warning, ...rest]);
  };
  process.emitWarning = filtered as EmitWarning;
  try {
    return await load();
  } finally {
    if (process.emitWarning === filtered) process.emitWarning = emit;
  }
}

/** The module `node:sqlite`, loaded when first needed. */
export function loadSqlite(): Promise<typeof import('node:sqlite')> {
  return withoutSqliteWarning(() => import('node:sqlite'));
}
