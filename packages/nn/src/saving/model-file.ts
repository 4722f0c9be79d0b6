import { decodeJson, encodeJson, type Json, LuthierError } from '@luthier/core';
import { type Architecture, fromArchitecture, toArchitecture } from '../training/architecture.ts';
import type { CallbackState, NamedArrays } from '../training/callback.ts';
import { decodeCheckpoint, encodeCheckpoint } from '../training/checkpoint.ts';
import { Model } from '../training/model.ts';
import type { CompileOptions } from '../training/objective.ts';
import type { RunIdentity, RunState, SavedRun } from '../training/run-state.ts';
import { type CompileConfig, fromCompileConfig, toCompileConfig } from './compile-config.ts';

/** The format that this program writes; it reads no newer one. */
const FORMAT = 1;

interface Header {
  readonly kind: 'model';
  readonly format: number;
  readonly name: string;
  readonly seed: number;
  readonly isFitted: boolean;
  readonly architecture: Architecture;
  readonly compile?: CompileConfig;
  readonly state?: Omit<RunState, 'arrays'>;
  readonly lastRun?: {
    readonly identity: RunIdentity;
    readonly state: Omit<RunState, 'arrays'>;
    readonly callbacks: Readonly<Record<string, CallbackState['values']>>;
  };
}

function prefixed(prefix: string, arrays: NamedArrays): [string, Float32Array][] {
  return Object.entries(arrays).map(([name, array]) => [`${prefix}${name}`, array]);
}

function unprefixed(prefix: string, arrays: NamedArrays): NamedArrays {
  return Object.fromEntries(
    Object.entries(arrays)
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, array]) => [name.slice(prefix.length), array]),
  );
}

function withoutArrays({ arrays: _, ...rest }: RunState): Omit<RunState, 'arrays'> {
  return rest;
}

/**
 * A model as bytes: architecture, weights, optimizer with its states, counts, and where its last run stands (random
 * state, position in the data), so that `fit(data, { resume: 'last' })` goes on exactly after loading.
 *
 * What was compiled with functions of one's own (a loss, a schedule as a function) is saved without them.
 *
 * @example
 * await writeFile('digits.luthier', await saveModel(model));
 */
export async function saveModel(model: Model): Promise<Uint8Array<ArrayBuffer>> {
  const { plan, name, seed, isFitted, compileOptions, state, lastRun } = model.snapshot();
  const header: Header = {
    kind: 'model',
    format: FORMAT,
    name,
    seed,
    isFitted,
    architecture: toArchitecture(plan),
    ...(compileOptions === undefined ? {} : { compile: toCompileConfig(compileOptions) }),
    ...(state === undefined ? {} : { state: withoutArrays(state) }),
    ...(lastRun === undefined
      ? {}
      : {
          lastRun: {
            identity: lastRun.identity,
            state: withoutArrays(lastRun.state),
            callbacks: Object.fromEntries(
              Object.entries(lastRun.callbacks).map(([key, saved]) => [key, saved.values]),
            ),
          },
        }),
  };
  const isSame = lastRun?.state.arrays === state?.arrays;
  const arrays = Object.fromEntries([
    ...prefixed('now/', state?.arrays ?? {}),
    ...(lastRun === undefined || isSame ? [] : prefixed('last/', lastRun.state.arrays)),
    ...Object.entries(lastRun?.callbacks ?? {}).flatMap(([key, saved]) =>
      prefixed(`callback/${key}/`, saved.arrays ?? {}),
    ),
  ]);
  return encodeCheckpoint({ header: decodeJson(encodeJson(header as unknown as Json)), arrays });
}

/** Options of `loadModel`. */
export interface LoadOptions {
  /**
   * Compiles the model so instead of as it was saved; needed for a model compiled with functions of one's own. false
   * leaves it uncompiled, which is enough for `predict`. A new optimizer begins anew.
   */
  readonly compile?: CompileOptions | false;
}

async function decode(bytes: Uint8Array): ReturnType<typeof decodeCheckpoint> {
  try {
    return await decodeCheckpoint(bytes);
  } catch (cause) {
    if (!(cause instanceof LuthierError) || cause.code !== 'LU_CHECKPOINT_DAMAGED') throw cause;
    throw new LuthierError(cause.code, cause.message.replace('The checkpoint', 'The model file'), {
      fix: 'Save the model again, or give an undamaged copy of the whole file.',
      cause,
    });
  }
}

function readHeader(header: unknown): Header {
  const { kind, format } = header as Partial<Header>;
  if (kind !== 'model' || format === undefined) {
    throw new LuthierError('LU_MODEL_FILE', 'the file is a checkpoint of a run, not a model', {
      fix: 'Give bytes that saveModel wrote; hand a checkpoint to fit({ resume }).',
    });
  }
  if (format > FORMAT) {
    throw new LuthierError(
      'LU_MODEL_VERSION',
      `the model file has format ${format}; this program reads up to ${FORMAT}`,
      {
        fix: 'Load it with the version of Luthier that wrote it, or a newer one.',
      },
    );
  }
  return header as Header;
}

function readLastRun(header: Header, arrays: NamedArrays, now: NamedArrays): SavedRun | undefined {
  if (header.lastRun === undefined) return undefined;
  const { identity, state, callbacks } = header.lastRun;
  const own = unprefixed('last/', arrays);
  return {
    identity,
    state: { ...state, arrays: Object.keys(own).length === 0 ? now : own },
    callbacks: Object.fromEntries(
      Object.entries(callbacks).map(([key, values]) => [
        key,
        { values, arrays: unprefixed(`callback/${key}/`, arrays) },
      ]),
    ),
  };
}

/**
 * A model from bytes that `saveModel` wrote; training goes on where it stood.
 *
 * Throws `LU_CHECKPOINT_DAMAGED` for a file that was cut short or changed, `LU_MODEL_VERSION` for one of a newer format,
 * `LU_LAYER_UNKNOWN` for a kind of layer that is not registered here, and `LU_MODEL_CODE` for a model that was compiled
 * with functions of one's own, unless `compile` says how.
 *
 * @example
 * const model = await loadModel(await readFile('digits.luthier'));
 */
export async function loadModel(bytes: Uint8Array, options: LoadOptions = {}): Promise<Model> {
  const { header: raw, arrays } = await decode(bytes);
  const header = readHeader(raw);
  const plan = fromArchitecture(header.architecture);
  const now = unprefixed('now/', arrays);
  const state = header.state === undefined ? undefined : { ...header.state, arrays: now };
  const base = { plan, name: header.name, seed: header.seed, isFitted: header.isFitted };
  const { compile } = header;
  if (compile !== undefined && 'ownCode' in compile && options.compile === undefined) {
    throw new LuthierError(
      'LU_MODEL_CODE',
      `model '${header.name}' was compiled with code of its own (${compile.ownCode}), which no file holds`,
      {
        fix: 'Give loadModel the same options: { compile: { optimizer, loss, metrics } }, or false to predict only.',
      },
    );
  }
  if (options.compile === undefined && compile !== undefined && 'options' in compile) {
    const lastRun = readLastRun(header, arrays, now);
    return Model.fromSnapshot({
      ...base,
      compileOptions: fromCompileConfig(compile.options),
      ...(state === undefined ? {} : { state }),
      ...(lastRun === undefined ? {} : { lastRun }),
    });
  }
  const model = Model.fromSnapshot({ ...base, ...(state === undefined ? {} : { state }) });
  return options.compile === undefined || options.compile === false ? model : model.compile(options.compile);
}
