import { encodeJson, LuthierError, type TrainingHistory } from '@luthier/core';
import { ranges, refuseUnknown, requireNumber } from '../../layers/options.ts';
import { parseOptimizer } from '../../optimizers/optimizers.ts';
import type { RunInfo } from '../callback.ts';
import { Model } from '../model.ts';
import { createCallbacks, restoreCallbacks } from '../run-callbacks.ts';
import { decodeRun, type RunState, requireSameRun } from '../run-state.ts';
import { fromStored } from '../stored-weights.ts';
import { emptySums } from '../sums.ts';
import { type Table, type TensorLike, toTable } from '../tables.ts';
import { customControl } from './custom-control.ts';
import { customGraph, ofNetwork, type TrainedNetwork } from './custom-graph.ts';
import { type CustomRun, runCustomSteps } from './custom-run.ts';
import { inside, keptOf, networkKnobs, startArrays } from './network-state.ts';
import { readTrainerFit, type TrainerFitOptions, type TrainerOptions } from './trainer-options.ts';

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

/**
 * A whole train step of one's own: several networks, several optimizers, any losses, written with the graph functions
 * that everything else is written with (`ops`); gradients are derived.
 *
 * The step is compiled to one graph that runs many steps a call, as `Model.fit` is. Throws `LU_TRAINER_OPTION` for an
 * optimizer of no network or a number that is not finite, `LU_MODEL_SHARED` when one network stands inside another: the step
 * runs them one after the other instead.
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
  Model.requireSeparate('trainer', models);
  const networks = Object.entries(models).map(([name, { plan }]): TrainedNetwork => {
    const given = options.optimizers[name];
    return { name, plan, optimizer: given === undefined ? undefined : parseOptimizer(given) };
  });
  lastTrainer += 1;
  const programKey = `trainer ${lastTrainer}`;
  let last: RunState | undefined;

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
      const ownKnobs = inside(knobs, name);
      for (const [key, value] of Object.entries(optimizer.stepNumbers(ownKnobs, updatesBy(at, every)))) {
        numbers[ofNetwork(name, key)] = value;
      }
      numbers[ofNetwork(name, 'isDue')] = at % every === 0 ? 1 : 0;
    }
    return numbers;
  };
  const control = customControl(networks, allKnobs);

  return {
    fit: async (data, fit = {}) => {
      const { epochs, batchSize, seed, shuffle } = readTrainerFit(fit);
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
