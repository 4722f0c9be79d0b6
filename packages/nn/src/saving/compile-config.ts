import { type Json, LuthierError } from '@luthier/core';
import { losses } from '../losses/losses.ts';
import { metrics } from '../metrics/metrics.ts';
import { optimizers } from '../optimizers/optimizers.ts';
import type { CompileOptions } from '../training/objective.ts';
import { originOf } from './origin.ts';

/** Marks what a function of a table makes. */
const MADE = '$made';

const tables: Readonly<Record<string, object>> = { losses, metrics, optimizers };

/** A part that has functions of its own, which no file can hold. */
class OwnCode extends Error {}

function freeze(path: string, value: unknown): Json {
  if (
    value === null ||
    typeof value === 'string' ||
    typeof value === 'number' ||
    typeof value === 'boolean'
  ) {
    return value;
  }
  if (typeof value !== 'object') throw new OwnCode(path);
  if (Array.isArray(value)) return value.map((one, i) => freeze(`${path}.${i}`, one));
  const origin = originOf(value);
  if (origin !== undefined) {
    return {
      [MADE]: [origin.table, origin.name, origin.options.map((option, i) => freeze(`${path}.${i}`, option))],
    };
  }
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, one]) => one !== undefined)
      .map(([name, one]) => [name, freeze(`${path}.${name}`, one)]),
  );
}

function thaw(value: Json): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(thaw);
  const made = (value as Readonly<Record<string, Json>>)[MADE];
  if (made === undefined) {
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, thaw(one as Json)]));
  }
  const [table, name, options] = made as readonly [string, string, readonly Json[]];
  const make = (tables[table] as Readonly<Record<string, (...given: readonly unknown[]) => unknown>>)?.[name];
  if (make === undefined) {
    throw new LuthierError(
      'LU_MODEL_VERSION',
      `The file was compiled with ${table}.${name}, which is not known`,
      {
        fix: 'Load it with the version of Luthier that wrote it, or give compile options.',
        where: 'compile',
      },
    );
  }
  return make(...options.map(thaw));
}

/** What `compile` was given, as data; or where it holds code of its own, which a file cannot. */
export type CompileConfig = { readonly options: Json } | { readonly ownCode: string };

/** Compile options as data. */
export function toCompileConfig(options: CompileOptions): CompileConfig {
  try {
    return { options: freeze('compile', options) };
  } catch (error) {
    if (error instanceof OwnCode) return { ownCode: error.message.replace(/^compile\./, '') };
    throw error;
  }
}

/** Compile options from data. */
export function fromCompileConfig(options: Json): CompileOptions {
  return thaw(options) as CompileOptions;
}
