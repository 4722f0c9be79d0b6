import { LuthierError, type RegularizationRecord } from '@luthier/core';
import type { Samples } from '../data/dataset.ts';
import { ranges, refuseUnknown, requireNumber } from '../layers/options.ts';
import { type Regularizer, regularizers } from '../regularizers/regularizer.ts';
import { earlyStopping } from './early-stopping.ts';
import type { FitOptions } from './fit-options.ts';
import { Model } from './model.ts';
import { textTable } from './text-table.ts';

/** What a model has to put in its places to be regularized in one of the ways. */
export interface Regularization {
  /** `none`, `l1`, `l2`, `l1l2`, `dropout`, `batchNormalization` or `earlyStopping`. */
  readonly name: RegularizationName;
  /** For the kernels of hidden layers; without a part where it is not their turn. */
  readonly kernelRegularizer: Regularizer;
  /** Rate of the dropout layers; 0 where it is not their turn. */
  readonly dropout: number;
  /** Whether to put batch normalization between layers. */
  readonly batchNormalization: boolean;
}

/** The ways, in the order of the table. */
export type RegularizationName =
  | 'none'
  | 'l1'
  | 'l2'
  | 'l1l2'
  | 'dropout'
  | 'batchNormalization'
  | 'earlyStopping';

/** Options of `compareRegularizers`. */
export interface CompareRegularizersOptions {
  /** Coefficient of L1, which acts by proximal steps, so that zeros are exact. Default 1e-3. */
  readonly l1?: number;
  /** Coefficient of L2. Default 1e-3. */
  readonly l2?: number;
  /** Rate of dropout, in [0, 1). Default 0.5. */
  readonly dropout?: number;
  /** Patience of early stopping, which watches `valLoss` and puts the best weights back. Default 5. */
  readonly patience?: number;
  /** Options of every fit; the seed is shared by all. Default 50 epochs. */
  readonly fit?: Omit<FitOptions, 'validationData' | 'validationSplit' | 'checkpoint' | 'resume'>;
  /** After each way. */
  readonly onRecord?: (record: RegularizationRecord) => void | Promise<void>;
}

const WHERE = 'compareRegularizers';
const CODE = 'LU_COMPARE_OPTION';

function variants(l1: number, l2: number, dropout: number): readonly Regularization[] {
  const plain = { kernelRegularizer: {}, dropout: 0, batchNormalization: false };
  const proximal = regularizers.proximalL1(l1);
  const ridge = regularizers.l2(l2);
  return [
    { ...plain, name: 'none' },
    { ...plain, name: 'l1', kernelRegularizer: proximal },
    { ...plain, name: 'l2', kernelRegularizer: ridge },
    { ...plain, name: 'l1l2', kernelRegularizer: { ...proximal, ...ridge } },
    { ...plain, name: 'dropout', dropout },
    { ...plain, name: 'batchNormalization', batchNormalization: true },
    { ...plain, name: 'earlyStopping' },
  ];
}

/** L2 norm of all kernels, and the share of their weights that are exactly 0. */
function shapeOfKernels(model: Model): { readonly weightNorm: number; readonly sparsity: number } {
  let [squares, zeros, size] = [0, 0, 0];
  const weights = model.getWeights();
  for (const { path, shape } of model.plan.trainable) {
    if (shape.length < 2) continue;
    for (const value of weights[path]!) {
      squares += value * value;
      if (value === 0) zeros += 1;
    }
    size += weights[path]!.length;
  }
  return { weightNorm: Math.sqrt(squares), sparsity: size === 0 ? 0 : zeros / size };
}

async function measure(
  model: Model,
  name: string,
  data: { readonly train: Samples; readonly validation: Samples },
  fit: FitOptions,
): Promise<RegularizationRecord> {
  const history = await model.fit(data.train, { ...fit, validationData: data.validation });
  const { loss: train, ...trainMetrics } = await model.evaluate(data.train);
  const { loss: validation, ...validationMetrics } = await model.evaluate(data.validation);
  // The penalty is the same in both. Early stopping, which keeps the weights of another epoch, has none.
  const penalty = history.epochs.at(-1)?.telemetry.penalty ?? 0;
  return {
    name,
    trainLoss: train! - penalty,
    validationLoss: validation! - penalty,
    gap: validation! - train!,
    trainMetrics,
    validationMetrics,
    ...shapeOfKernels(model),
    history,
  };
}

/**
 * Trains a model without regularization and in six ways with it, from one seed on the same data, and measures what each
 * does to the gap between training and validation loss, to the size of the weights, and to how many of them are zero.
 *
 * `build` makes a new compiled model for each way and puts `kernelRegularizer`, `dropout` and `batchNormalization` in
 * their places. L1 is `proximalL1`, which gives exact zeros; it is weighed by the learning rate, so that its coefficient
 * means the same as in the loss under sgd, and less under optimizers that rescale gradients.
 *
 * Defaults: l1 1e-3, l2 1e-3, dropout 0.5, patience 5, 50 epochs. Throws `LU_COMPARE_OPTION` for bad numbers, data
 * without a validation part, and a `build` that gives no new model.
 *
 * @example
 * const records = await compareRegularizers(({ kernelRegularizer, dropout }) => sequential([
 *   layers.dense({ units: 64, activation: 'relu', inputShape: [64], kernelRegularizer }),
 *   layers.dropout(dropout),
 *   layers.dense({ units: 10, activation: 'softmax' }),
 * ]).compile({ loss: 'sparseCategoricalCrossentropy' }), await digits());
 * console.log(regularizationTable(records));
 */
export async function compareRegularizers(
  build: (regularization: Regularization) => Model | Promise<Model>,
  data: { readonly train: Samples; readonly validation?: Samples },
  options: CompareRegularizersOptions = {},
): Promise<readonly RegularizationRecord[]> {
  refuseUnknown(CODE, WHERE, options, ['l1', 'l2', 'dropout', 'patience', 'fit', 'onRecord']);
  const l1 = requireNumber(CODE, WHERE, 'l1', options.l1 ?? 1e-3, ranges.notNegative);
  const l2 = requireNumber(CODE, WHERE, 'l2', options.l2 ?? 1e-3, ranges.notNegative);
  const dropout = requireNumber(CODE, WHERE, 'dropout', options.dropout ?? 0.5, ranges.rate);
  const patience = requireNumber(CODE, WHERE, 'patience', options.patience ?? 5, ranges.countFromZero);
  const { train, validation } = data;
  if (validation === undefined) {
    throw new LuthierError(CODE, `${WHERE} needs validation data to measure the gap`, {
      fix: 'Give { train, validation }, such as what trainValidationSplit returns.',
      where: 'data',
    });
  }
  const used = new Set<Model>();
  const records: RegularizationRecord[] = [];
  for (const variant of variants(l1, l2, dropout)) {
    options.fit?.signal?.throwIfAborted();
    const model: unknown = await build(variant);
    if (!(model instanceof Model) || model.isFitted || used.has(model)) {
      throw new LuthierError(CODE, `${WHERE}: build gave no new model for '${variant.name}'`, {
        fix: 'Make a new, compiled model in every call.',
        where: 'build',
      });
    }
    used.add(model);
    const stopping = earlyStopping({ monitor: 'valLoss', patience, restoreBestWeights: true });
    const callbacks = [
      ...(options.fit?.callbacks ?? []),
      ...(variant.name === 'earlyStopping' ? [stopping] : []),
    ];
    const fit: FitOptions = { epochs: 50, ...options.fit, seed: options.fit?.seed ?? 0, callbacks };
    const record = await measure(model, variant.name, { train, validation }, fit);
    model.dispose();
    records.push(record);
    await options.onRecord?.(record);
  }
  return records;
}

/**
 * The comparison as text: a line for each way.
 *
 * @example
 * console.log(regularizationTable(records));
 */
export function regularizationTable(records: readonly RegularizationRecord[]): string {
  const decimal = (value: number): string => (Number.isFinite(value) ? value.toFixed(4) : String(value));
  const names = Object.keys(records[0]?.validationMetrics ?? {});
  return textTable([
    ['', 'train loss', 'valLoss', 'gap', ...names, 'weight norm', 'zeros', 'epochs'],
    ...records.map((record) => [
      record.name,
      decimal(record.trainLoss),
      decimal(record.validationLoss),
      decimal(record.gap),
      ...names.map((name) => decimal(record.validationMetrics[name] ?? Number.NaN)),
      record.weightNorm.toFixed(2),
      `${(100 * record.sparsity).toFixed(1)} %`,
      String(record.history.epochs.length),
    ]),
  ]);
}
