import { type EpochRecord, encodeJson, LuthierError, type TrainingHistory } from '@luthier/core';
import { sizeOf } from '../../graph/tensor.ts';
import { ranges, refuseUnknown, requireNumber } from '../../layers/options.ts';
import type { Optimizer } from '../../optimizers/optimizer.ts';
import { type OptimizerName, parseOptimizer } from '../../optimizers/optimizers.ts';
import type { CallbackFactory, NamedArrays, Progress, RunInfo } from '../callback.ts';
import { weightsOf, withWeights } from '../kept-weights.ts';
import type { Model } from '../model.ts';
import type { CheckpointOptions } from '../run.ts';
import { createCallbacks, restoreCallbacks } from '../run-callbacks.ts';
import { decodeRun, type RunState, requireSameRun } from '../run-state.ts';
import { fromStored, toStored } from '../stored-weights.ts';
import { emptySums } from '../sums.ts';
import { type Table, type TensorLike, toTable } from '../tables.ts';
import { knobsInForce } from '../task.ts';
import { names } from '../tensor-names.ts';
import { customGraph, networkStates, ofNetwork, type TrainedNetwork } from './custom-graph.ts';
import { type CustomRun, runCustomSteps } from './custom-run.ts';
import type { TrainStep } from './step-context.ts';

/** Options of `trainer`. */
export interface TrainerOptions {
  /** By name; they need not be compiled. Their weights are read when training begins, and set when it ends. */
  readonly networks: Readonly<Record<string, Model>>;
  /** Of the networks that the step minimizes, by name. */
  readonly optimizers: Readonly<Record<string, OptimizerName | Optimizer>>;
  /** Scalars that the step asks for; they can move while training. Default none. */
  readonly knobs?: Readonly<Record<string, number>>;
  readonly step: TrainStep;
}

/** Options of `Trainer.fit`, with the meaning they have in `Model.fit`. */
export interface TrainerFitOptions {
  readonly epochs?: number;
  readonly batchSize?: number;
  readonly shuffle?: boolean;
  readonly seed?: number;
  readonly callbacks?: readonly CallbackFactory[];
  readonly signal?: AbortSignal;
  readonly onEpoch?: (record: EpochRecord) => void | Promise<void>;
  readonly onCall?: (progress: Progress) => void;
  readonly checkpoint?: CheckpointOptions;
  readonly resume?: Uint8Array;
}

const FIT_OPTIONS = [
  'epochs',
  'batchSize',
  'shuffle',
  'seed',
  'callbacks',
  'signal',
  'onEpoch',
  'onCall',
  'checkpoint',
  'resume',
] as const;

/** Networks that a custom step trains. */
export interface Trainer {
  /**
   * Trains on data by name, all with equally many rows; a batch is handed to the step under the same names.
   *
   * Defaults: 1 epoch, batchSize 32, shuffled, seed 0. The same seed gives the same bits; a run goes on exactly from a
   * checkpoint. A second call goes on with the optimizer states of the first. Throws before training: `LU_TRAIN_STEP` for a step that does not fit its networks, `LU_DATA_*` for data,
   * `LU_FIT_OPTION` for options, `LU_CHECKPOINT_*` for checkpoints.
   */
  fit(data: Readonly<Record<string, TensorLike>>, options?: TrainerFitOptions): Promise<TrainingHistory>;
}

let lastTrainer = 0;

function readTables(data: Readonly<Record<string, TensorLike>>): Readonly<Record<string, Table>> {
  const tables = Object.fromEntries(
    Object.entries(data).map(([name, given]) => [name, toTable(name, given)]),
  );
  const [first, ...others] = Object.entries(tables);
  if (first === undefined) {
    throw new LuthierError('LU_DATA_EMPTY', 'fit: no data', { fix: 'Give tensors by name, such as { x }.' });
  }
  for (const [name, { rows }] of others) {
    if (rows === first[1].rows) continue;
    throw new LuthierError(
      'LU_DATA_LENGTH',
      `fit: ${first[0]} has ${first[1].rows} rows, ${name} has ${rows}`,
      {
        fix: 'Give one row for every sample in each.',
        where: name,
      },
    );
  }
  return tables;
}

/** The arrays of all networks as a run begins: weights as they are, optimizer states as the run before left them. */
function startArrays(
  networks: readonly TrainedNetwork[],
  models: TrainerOptions['networks'],
  before: NamedArrays = {},
): NamedArrays {
  const arrays: Record<string, Float32Array> = {};
  for (const [name, shape] of networkStates(networks)) {
    arrays[name] = before[name] ?? new Float32Array(sizeOf(shape));
  }
  for (const { name, plan } of networks) {
    const stored = toStored(plan, models[name]!.getWeights());
    for (const [path, array] of Object.entries(stored)) arrays[ofNetwork(name, names.weight(path))] = array;
  }
  return arrays;
}

function inside(arrays: NamedArrays, network: string): NamedArrays {
  const prefix = `${network}/`;
  return Object.fromEntries(
    Object.entries(arrays)
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, array]) => [name.slice(prefix.length), array]),
  );
}

function outside(arrays: NamedArrays, network: string): NamedArrays {
  return Object.fromEntries(Object.entries(arrays).map(([name, array]) => [ofNetwork(network, name), array]));
}

/**
 * A whole train step of one's own: several networks, several optimizers, any losses, written with the graph functions
 * that everything else is written with (`ops`); gradients are derived.
 *
 * The step is compiled to one graph that runs many steps a call, as `Model.fit` is. Throws `LU_TRAINER_OPTION` for an
 * optimizer of no network or a number that is not finite.
 *
 * @example
 * const gan = trainer({
 *   networks: { generator, discriminator },
 *   optimizers: { generator: optimizers.adam({ learningRate: 1e-3 }), discriminator: optimizers.adam({ learningRate: 1e-3 }) },
 *   step: ({ batch, batchSize, run, minimize, normal }) => {
 *     const fake = run('generator', normal([batchSize, 8]));
 *     const real = ops.mean(ops.softplus(ops.negate(run('discriminator', batch.x))));
 *     const discriminatorLoss = ops.add(real, ops.mean(ops.softplus(run('discriminator', ops.stopGradient(fake)))));
 *     minimize('discriminator', discriminatorLoss);
 *     const generatorLoss = ops.mean(ops.softplus(ops.negate(run('discriminator', fake))));
 *     minimize('generator', generatorLoss);
 *     return { discriminatorLoss, generatorLoss };
 *   },
 * });
 * await gan.fit({ x: images }, { epochs: 10, batchSize: 64 });
 */
export function trainer(options: TrainerOptions): Trainer {
  const code = 'LU_TRAINER_OPTION';
  refuseUnknown(code, 'trainer', options, ['networks', 'optimizers', 'knobs', 'step']);
  const { networks: models, knobs: own = {}, step } = options;
  refuseUnknown(code, 'trainer: optimizers', options.optimizers, Object.keys(models));
  for (const [name, value] of Object.entries(own)) {
    requireNumber(code, 'trainer: knobs', name, value, ranges.finite);
  }
  const networks = Object.entries(models).map(([name, { plan }]): TrainedNetwork => {
    const given = options.optimizers[name];
    return { name, plan, optimizer: given === undefined ? undefined : parseOptimizer(given) };
  });
  lastTrainer += 1;
  const programKey = `trainer ${lastTrainer}`;
  let last: RunState | undefined;

  const movedOf = (
    network: string,
    moved: Readonly<Record<string, number>>,
  ): Readonly<Record<string, number>> =>
    Object.fromEntries(
      Object.entries(moved).flatMap(([name, value]) =>
        name.startsWith(`${network}/`) ? [[name.slice(network.length + 1), value]] : [],
      ),
    );
  const networkKnobs = (
    { name, plan, optimizer }: TrainedNetwork,
    moved: Readonly<Record<string, number>>,
    at: number,
  ): Readonly<Record<string, number>> =>
    optimizer === undefined
      ? { ...plan.knobs, ...movedOf(name, moved) }
      : knobsInForce({ plan, optimizer, lossWeights: {} }, movedOf(name, moved), at);
  const allKnobs: CustomRun['knobs'] = (moved, at) => ({
    ...own,
    ...moved,
    ...Object.fromEntries(
      networks.flatMap((network) =>
        Object.entries(networkKnobs(network, moved, at)).map(([name, value]) => [
          ofNetwork(network.name, name),
          value,
        ]),
      ),
    ),
  });
  const updatesBy = (at: number, every: number): number => Math.floor((at - 1) / every) + 1;
  const stepNumbers: CustomRun['stepNumbers'] = ({ everySteps }, knobs, at) => {
    const numbers: Record<string, number> = {};
    for (const { name, optimizer } of networks) {
      const every = everySteps[name];
      if (optimizer === undefined || every === undefined) continue;
      const ownKnobs = Object.fromEntries(
        Object.entries(knobs).flatMap(([knob, value]) =>
          knob.startsWith(`${name}/`) ? [[knob.slice(name.length + 1), value]] : [],
        ),
      );
      for (const [key, value] of Object.entries(optimizer.stepNumbers(ownKnobs, updatesBy(at, every)))) {
        numbers[ofNetwork(name, key)] = value;
      }
      numbers[ofNetwork(name, 'isDue')] = at % every === 0 ? 1 : 0;
    }
    return numbers;
  };
  const keptOf = ({ name, plan, optimizer }: TrainedNetwork, state: RunState): NamedArrays => {
    const arrays = inside(state.arrays, name);
    if (optimizer === undefined) {
      return Object.fromEntries(plan.weights.map(({ path }) => [path, arrays[names.weight(path)]!]));
    }
    const knobs = networkKnobs({ name, plan, optimizer }, state.moved, state.step + 1);
    return weightsOf({ plan, optimizer }, arrays, knobs);
  };
  const control: CustomRun['control'] = (read, write, stop) => ({
    stop,
    weights: () =>
      Object.assign(
        {},
        ...networks.map((network) =>
          outside(fromStored(network.plan, keptOf(network, read())), network.name),
        ),
      ),
    restoreWeights: (weights) => {
      let { arrays } = read();
      for (const { name, plan, optimizer } of networks) {
        const stored = toStored(plan, inside(weights, name));
        const before = inside(arrays, name);
        const after =
          optimizer === undefined
            ? Object.fromEntries(Object.entries(stored).map(([path, array]) => [names.weight(path), array]))
            : withWeights({ plan, optimizer }, before, stored);
        arrays = { ...arrays, ...outside(after, name) };
      }
      write({ ...read(), arrays });
    },
    knobs: () => allKnobs(read().moved, read().step + 1),
    setKnob: (name, value) => {
      const known = allKnobs(read().moved, read().step + 1);
      if (!(name in known)) {
        throw new LuthierError('LU_TRAIN_KNOB', `This run has no scalar '${name}'`, {
          fix: `Move one of ${Object.keys(known).join(', ')}.`,
          where: name,
        });
      }
      requireNumber('LU_TRAIN_KNOB', 'setKnob', name, value, ranges.finite);
      write({ ...read(), moved: { ...read().moved, [name]: value } });
    },
    toOnnx: () => {
      throw new LuthierError(
        'LU_TRAIN_STEP',
        'A custom step trains several networks, which are not one file',
        {
          fix: 'Write each network after training: model.toOnnx().',
        },
      );
    },
  });

  return {
    fit: async (data, fit = {}) => {
      const where = 'fit';
      refuseUnknown('LU_FIT_OPTION', where, fit, FIT_OPTIONS);
      const read = (option: string, value: number, range: (typeof ranges)[keyof typeof ranges]): number =>
        requireNumber('LU_FIT_OPTION', where, option, value, range);
      const epochs = read('epochs', fit.epochs ?? 1, ranges.count);
      const batchSize = read('batchSize', fit.batchSize ?? 32, ranges.count);
      const seed = read('seed', fit.seed ?? 0, ranges.finite);
      const shuffle = fit.shuffle ?? true;
      const tables = readTables(data);
      const { rows } = Object.values(tables)[0]!;
      const build = (all: number, batch: number): ReturnType<typeof customGraph> =>
        customGraph(networks, step, tables, Object.keys(own), all, batch);
      const { measured } = build(rows, Math.min(batchSize, rows));
      const info: RunInfo = {
        monitors: measured,
        epochs,
        direction: (monitor) => (monitor.toLowerCase().endsWith('loss') ? 'min' : undefined),
      };
      const callbacks = createCallbacks(fit.callbacks ?? [], info);
      const structure = encodeJson(
        networks.map(({ name, plan, optimizer }) => [
          name,
          plan.structure,
          optimizer === undefined ? null : [optimizer.kind, optimizer.structure],
        ]),
      );
      const identity = { structure, seed, rows, batchSize, shuffle };
      const saved = fit.resume === undefined ? undefined : await decodeRun(fit.resume);
      if (saved !== undefined) {
        requireSameRun(saved, identity);
        restoreCallbacks(callbacks, saved);
      }
      const start: RunState = saved?.state ?? {
        arrays: startArrays(networks, models, last?.arrays),
        step: last?.step ?? 0,
        epoch: 0,
        cursor: 0,
        sums: emptySums(measured),
        epochs: [],
        moved: last?.moved ?? {},
      };
      const dtypes = Object.entries(tables).map(([name, { dtype, sample }]) => [name, dtype, sample]);
      const { history, state } = await runCustomSteps(
        {
          networks,
          tables,
          batchSize,
          epochs,
          seed,
          shuffle,
          identity,
          programKey: encodeJson([programKey, dtypes]),
          build,
          knobs: allKnobs,
          stepNumbers,
          callbacks,
          control,
          ...(fit.signal === undefined ? {} : { signal: fit.signal }),
          ...(fit.onEpoch === undefined ? {} : { onEpoch: fit.onEpoch }),
          ...(fit.onCall === undefined ? {} : { onCall: fit.onCall }),
          ...(fit.checkpoint === undefined ? {} : { checkpoint: fit.checkpoint }),
        },
        start,
      );
      last = state;
      for (const network of networks) {
        models[network.name]!.setWeights(fromStored(network.plan, keptOf(network, state)));
      }
      return history;
    },
  };
}
