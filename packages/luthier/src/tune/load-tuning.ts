import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { didYouMean, LuthierError } from '@luthier/core';
import { useDevice } from '@luthier/nn';
import { parseSampler, parseScheduler } from '@luthier/search';
import { z } from 'zod';
import type { TuningDefinition } from './define-tuning.ts';

/** A tuning file that was read and checked. */
export interface LoadedTuning {
  readonly definition: TuningDefinition;
  /** Absolute path. */
  readonly file: string;
  /** The path as people see it: relative to the working directory when below it. */
  readonly shown: string;
  /** SHA-256 of the file. */
  readonly digest: string;
}

const isFunction = (what: string): z.ZodType =>
  z.custom((value) => typeof value === 'function', { error: `must be a function ${what}` });
const wholeNumber = (least: number): z.ZodType =>
  z
    .number({ error: 'must be a number' })
    .int('must be a whole number')
    .min(least, `must be at least ${least}`);

const definitionShape = z.strictObject({
  name: z
    .string({ error: 'must be a string' })
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'must be letters, digits, ".", "_" and "-" (it names a folder)'),
  data: isFunction('that returns the data set'),
  build: isFunction('(hp) => compiled model'),
  fit: isFunction('(hp) => ({ epochs, batchSize, callbacks })'),
  objective: z.strictObject(
    {
      metric: z.string().min(1),
      direction: z.enum(['minimize', 'maximize']),
    },
    { error: "must be maximize('valAccuracy') or minimize('valLoss')" },
  ),
  sampler: z
    .union(
      [
        z.string(),
        z.custom((value) => typeof (value as { suggest?: unknown } | null)?.suggest === 'function'),
      ],
      {
        error: 'must be a sampler such as auto()',
      },
    )
    .optional(),
  scheduler: z
    .union(
      [z.string(), z.custom((value) => typeof (value as { decide?: unknown } | null)?.decide === 'function')],
      {
        error: 'must be a scheduler such as asha()',
      },
    )
    .optional(),
  budget: z
    .strictObject({
      trials: wholeNumber(1).optional(),
      minutes: z.number().positive('must be above 0').optional(),
      epochs: wholeNumber(1).optional(),
      target: z.number().optional(),
    })
    .optional(),
  prepare: z
    .strictObject(
      { x: z.array(z.unknown()).optional(), y: z.array(z.unknown()).optional() },
      { error: 'must be { x: [standardize()] } or the like' },
    )
    .optional(),
  folds: z
    .union(
      [
        z.number().int().min(2),
        z.custom(
          (value) =>
            typeof value === 'object' && typeof (value as { split?: unknown } | null)?.split === 'function',
        ),
      ],
      { error: 'must be a whole number of at least 2 or folds such as kFold({ k: 5 })' },
    )
    .optional(),
  repeats: wholeNumber(1).optional(),
  retrain: z.boolean({ error: 'must be true or false' }).optional(),
  device: z.string({ error: 'must be the name of a device' }).optional(),
  seed: wholeNumber(0).optional(),
  finalists: wholeNumber(0).optional(),
  finalistSeeds: wholeNumber(1).optional(),
});

const FIELDS = Object.keys(definitionShape.shape);
const NESTED_FIELDS: Readonly<Record<string, readonly string[]>> = {
  budget: ['trials', 'minutes', 'epochs', 'target'],
  objective: ['metric', 'direction'],
  prepare: ['x', 'y'],
};

function fieldError(shown: string, issue: z.core.$ZodIssue): LuthierError {
  const path = issue.path.join('.');
  if (issue.code === 'unrecognized_keys') {
    const key = issue.keys[0] ?? '';
    const owner = path === '' ? '' : `${path}.`;
    const known = NESTED_FIELDS[path] ?? FIELDS;
    return new LuthierError('LU_TUNING_FIELD', `unknown field '${owner}${key}'${didYouMean(key, known)}`, {
      where: shown,
      fix: `Use one of ${known.join(', ')}.`,
    });
  }
  const missing = issue.code === 'invalid_type' && issue.input === undefined;
  return new LuthierError('LU_TUNING_FIELD', `field '${path}' ${missing ? 'is missing' : issue.message}`, {
    where: shown,
    fix: `Give '${path}' as defineTuning describes it.`,
  });
}

/** `file:line` of the first place in a stack that lies in the tuning file, else the file. */
function placeIn(error: unknown, file: string, shown: string): string {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  for (const start of [pathToFileURL(file).href, file]) {
    const at = stack.indexOf(`${start}:`);
    const line = at < 0 ? undefined : /^:(\d+)/.exec(stack.slice(at + start.length))?.[1];
    if (line !== undefined) return `${shown}:${line}`;
  }
  return shown;
}

async function importTuning(file: string, shown: string): Promise<Record<string, unknown>> {
  try {
    return (await import(pathToFileURL(file).href)) as Record<string, unknown>;
  } catch (error) {
    if (error instanceof LuthierError) throw error;
    const message = error instanceof Error ? error.message : String(error);
    const where = placeIn(error, file, shown);
    if (error instanceof SyntaxError) {
      throw new LuthierError(
        'LU_TUNING_SYNTAX',
        `the tuning file is not valid TypeScript: ${message.trim()}`,
        {
          where,
          fix: 'Correct the syntax there.',
          cause: error,
        },
      );
    }
    throw new LuthierError('LU_TUNING_IMPORT', `the tuning file could not be loaded: ${message}`, {
      where,
      fix: 'Mend what it says; the file must load by itself (node FILE).',
      cause: error,
    });
  }
}

/** Checks what a tuning file exports; throws LU_TUNING_FIELD naming file and field. */
export function checkDefinition(exported: unknown, shown: string): TuningDefinition {
  const parsed = definitionShape.safeParse(exported, { reportInput: true });
  if (!parsed.success) {
    const first = parsed.error.issues[0];
    if (first === undefined) throw parsed.error;
    if (first.path.length === 0 && first.code !== 'unrecognized_keys') {
      throw new LuthierError('LU_TUNING_NO_DEFAULT', 'the default export is not a tuning definition', {
        where: shown,
        fix: 'Write: export default defineTuning({ ... });',
      });
    }
    throw fieldError(shown, first);
  }
  const definition = exported as TuningDefinition;
  if (typeof definition.sampler === 'string') parseSampler(definition.sampler);
  if (typeof definition.scheduler === 'string') parseScheduler(definition.scheduler);
  return definition;
}

/**
 * Reads and checks a tuning file.
 *
 * Its device, if it names one, is that of this process from now on. Throws LU_TUNING_MISSING, LU_TUNING_SYNTAX,
 * LU_TUNING_IMPORT, LU_TUNING_NO_DEFAULT or LU_TUNING_FIELD, each naming the file and, where there is one, line or field;
 * LU_DEVICE_UNKNOWN and LU_DEVICE_MISSING for a device.
 *
 * @example
 * const { definition } = await loadTuning('examples/digits/tune.ts', process.cwd());
 */
export async function loadTuning(path: string, cwd: string): Promise<LoadedTuning> {
  const file = resolve(cwd, path);
  const below = relative(cwd, file);
  const shown = below.startsWith('..') ? file : below;
  let text: Uint8Array;
  try {
    text = await readFile(file);
  } catch (error) {
    throw new LuthierError('LU_TUNING_MISSING', `the tuning file ${shown} cannot be read`, {
      where: file,
      fix: 'Check the path: luthier tune path/to/tune.ts',
      cause: error,
    });
  }
  const module = await importTuning(file, shown);
  if (!('default' in module)) {
    throw new LuthierError('LU_TUNING_NO_DEFAULT', 'the tuning file has no default export', {
      where: shown,
      fix: 'Write: export default defineTuning({ ... });',
    });
  }
  const exported = await (typeof module.default === 'function' ? module.default() : module.default);
  const definition = checkDefinition(exported, shown);
  if (definition.device !== undefined) await useDevice(definition.device);
  return {
    definition,
    file,
    shown,
    digest: createHash('sha256').update(text).digest('hex'),
  };
}
