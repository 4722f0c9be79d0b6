import { LuthierError, type TrainingHistory } from '@luthier/core';
import type { ActivationName } from '../activations/activation.ts';
import type { Tensor } from '../data/dataset.ts';
import type { Layer } from '../layers/layer.ts';
import { layers } from '../layers/layers.ts';
import { ranges, refuseUnknown, requireNumber } from '../layers/options.ts';
import type { Loss, LossName } from '../losses/loss.ts';
import type { Optimizer } from '../optimizers/optimizer.ts';
import type { OptimizerName } from '../optimizers/optimizers.ts';
import type { Regularizer, RegularizerName } from '../regularizers/regularizer.ts';
import type { FitOptions } from '../training/fit-options.ts';
import type { Model } from '../training/model.ts';
import { sequential } from '../training/sequential.ts';
import { readTensor, type TensorLike } from '../training/tables.ts';
import { requireWidth } from './matrix.ts';
import { type FittedReconstruction, type Reconstruction, squaredErrors } from './reconstruction.ts';

/** Options of `autoencoder`. */
export interface AutoencoderOptions {
  /** Numbers that describe a sample. Default 8. */
  readonly code?: number;
  /** Units of the layers between input and code; the decoder has them in reverse. Default [64]. */
  readonly hidden?: readonly number[];
  /** Of the hidden layers. Default `relu`. */
  readonly activation?: ActivationName;
  /** Of the last layer: `sigmoid` for values from 0 to 1. Default `linear`. */
  readonly outputActivation?: ActivationName;
  /** Of the code, such as `l1` for one with few numbers that are not 0. Default none. */
  readonly codeRegularizer?: RegularizerName | Regularizer;
  /** Standard deviation of noise on the inputs of training, which the network learns to take away. Default 0. */
  readonly noise?: number;
  /** Default `adam`. */
  readonly optimizer?: OptimizerName | Optimizer;
  /** Between samples and reconstructions. Default `meanSquaredError`. */
  readonly loss?: LossName | Loss;
  /** Default 50. */
  readonly epochs?: number;
  /** Default 32. */
  readonly batchSize?: number;
  /** Decides weights, order and noise. Default 0. */
  readonly seed?: number;
}

/** Options of a fit: those of a model's, without targets. */
export interface AutoencoderFitOptions
  extends Pick<FitOptions, 'validationSplit' | 'callbacks' | 'signal' | 'onEpoch'> {
  /** Samples to be measured after every epoch (`valLoss`). */
  readonly validation?: TensorLike;
}

/** A trained autoencoder. */
export interface FittedAutoencoder extends FittedReconstruction {
  /** Encoder and decoder in one. */
  readonly model: Model;
  readonly history: TrainingHistory;
  /** The codes of samples, float32 of shape [n, code]. */
  readonly encode: (x: TensorLike) => Promise<Tensor>;
  /** From codes to samples, float32 of shape [n, values of a sample]. */
  readonly decode: (codes: TensorLike) => Promise<Tensor>;
  /** Samples as the code keeps them, float32 of shape [n, values of a sample]. */
  readonly reconstruct: (x: TensorLike) => Promise<Tensor>;
  readonly reconstructionErrors: (x: TensorLike) => Promise<Float64Array>;
}

/** An autoencoder to be fitted. */
export interface Autoencoder extends Reconstruction {
  readonly fit: (x: TensorLike, options?: AutoencoderFitOptions) => Promise<FittedAutoencoder>;
}

const KIND = 'autoencoder';
const CODE = 'LU_AUTOENCODER_OPTION';

/** Numbers in any accepted form, each sample flattened into a row. */
function toRows(where: string, given: TensorLike): Tensor {
  const { data, shape } = readTensor(where, given);
  return { data, shape: [shape[0]!, data.length / shape[0]!] };
}

interface Settings extends AutoencoderOptions {
  readonly code: number;
  readonly hidden: readonly number[];
}

/** Layers from input to code, and from code to output; names tell the weights of both apart. */
function buildLayers(
  width: number,
  settings: Settings,
): { encoder: readonly Layer[]; decoder: readonly Layer[] } {
  const { code, hidden, activation = 'relu', outputActivation, codeRegularizer, noise = 0 } = settings;
  return {
    encoder: [
      ...(noise > 0 ? [layers.gaussianNoise({ stddev: noise })] : []),
      ...hidden.map((units, i) => layers.dense({ units, activation, name: `encoder${i + 1}` })),
      layers.dense({
        units: code,
        name: 'code',
        ...(codeRegularizer === undefined ? {} : { activityRegularizer: codeRegularizer }),
      }),
    ],
    decoder: [
      ...hidden.toReversed().map((units, i) => layers.dense({ units, activation, name: `decoder${i + 1}` })),
      layers.dense({
        units: width,
        name: 'output',
        ...(outputActivation === undefined ? {} : { activation: outputActivation }),
      }),
    ],
  };
}

/** A model of some layers of a trained one. */
function part(whole: Model, width: number, stack: readonly Layer[]): Model {
  const model = sequential([layers.input({ shape: [width] }), ...stack]);
  const weights = whole.getWeights();
  model.setWeights(Object.fromEntries(Object.keys(model.getWeights()).map((path) => [path, weights[path]!])));
  return model;
}

async function fitAutoencoder(
  given: TensorLike,
  settings: Settings,
  { validation, ...options }: AutoencoderFitOptions,
): Promise<FittedAutoencoder> {
  refuseUnknown(CODE, `${KIND}.fit`, options, ['validationSplit', 'callbacks', 'signal', 'onEpoch']);
  const x = toRows(`${KIND}: x`, given);
  const width = x.shape[1]!;
  const { optimizer = 'adam', loss = 'meanSquaredError', epochs = 50, batchSize = 32, seed = 0 } = settings;
  const rowsOf = (where: string, samples: TensorLike): Tensor => {
    const rows = toRows(`${KIND}: ${where}`, samples);
    requireWidth(KIND, rows.shape[1]!, width);
    return rows;
  };
  const held = validation === undefined ? undefined : rowsOf('validation', validation);
  const { encoder, decoder } = buildLayers(width, settings);
  const model = sequential([layers.input({ shape: [width] }), ...encoder, ...decoder], { name: KIND, seed });
  model.compile({ optimizer, loss });
  const history = await model.fit(
    { x, y: x },
    {
      ...options,
      epochs,
      batchSize,
      ...(held === undefined ? {} : { validationData: { x: held, y: held } }),
    },
  );
  const [encoding, decoding] = [part(model, width, encoder), part(model, settings.code, decoder)];
  const reconstruct = async (samples: TensorLike): Promise<Tensor> => model.predict(rowsOf('x', samples));
  return {
    model,
    history,
    encode: async (samples) => encoding.predict(rowsOf('x', samples)),
    decode: async (codes) => {
      const rows = toRows(`${KIND}: codes`, codes);
      requireWidth(`${KIND}: codes`, rows.shape[1]!, settings.code);
      return decoding.predict(rows);
    },
    reconstruct,
    reconstructionErrors: async (samples) => {
      const { data } = rowsOf('x', samples);
      return squaredErrors(data, (await reconstruct(samples)).data, width);
    },
  };
}

/**
 * A network that squeezes every sample through a few numbers, its code, and learns to give it back: a nonlinear relative of
 * principal components.
 *
 * Dense layers, the decoder the mirror of the encoder; samples are flattened. Bring columns to one scale first
 * (`standardize`, or `minMax` with `outputActivation: 'sigmoid'`). Same seed, same weights. With linear activations the best
 * network spans the principal components (Baldi and Hornik 1989). Defaults: code 8, hidden [64], relu, Adam, mean squared
 * error, 50 epochs of batches of 32.
 *
 * @throws LuthierError LU_AUTOENCODER_OPTION; on fit LU_DATA_* and those of `fit` of a model.
 *
 * @example
 * const { encode, reconstructionErrors } = await autoencoder({ code: 2, hidden: [32] }).fit(x);
 */
export function autoencoder(options: AutoencoderOptions = {}): Autoencoder {
  refuseUnknown(CODE, KIND, options, [
    'code',
    'hidden',
    'activation',
    'outputActivation',
    'codeRegularizer',
    'noise',
    'optimizer',
    'loss',
    'epochs',
    'batchSize',
    'seed',
  ]);
  const hidden = options.hidden ?? [64];
  if (!Array.isArray(hidden)) {
    throw new LuthierError(CODE, `${KIND}: hidden is ${String(hidden)}, not an array`, {
      fix: 'Give the units of each layer, such as [64, 32], or [] for none.',
      where: 'hidden',
    });
  }
  for (const [i, units] of hidden.entries()) requireNumber(CODE, KIND, `hidden[${i}]`, units, ranges.count);
  const settings: Settings = {
    ...options,
    code: requireNumber(CODE, KIND, 'code', options.code ?? 8, ranges.count),
    hidden,
    noise: requireNumber(CODE, KIND, 'noise', options.noise ?? 0, ranges.notNegative),
  };
  return { kind: KIND, fit: (x, fitOptions = {}) => fitAutoencoder(x, settings, fitOptions) };
}
