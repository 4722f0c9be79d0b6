import type { Layer } from '../layers/layer.ts';
import { layers } from '../layers/layers.ts';
import { ranges, refuseUnknown, requireNumber } from '../layers/options.ts';
import type { Model } from '../training/model.ts';
import { sequential } from '../training/sequential.ts';

/** Options of `mnistMlp`. */
export interface MnistMlpOptions {
  /** Units of the hidden layers. Default [512, 128]. */
  readonly hidden?: readonly number[];
  /** Dropout after each hidden layer, or one rate for all, in [0, 1). Default none. */
  readonly dropout?: number | readonly number[];
  /** Decides the initial weights. Default 0. */
  readonly seed?: number;
}

/**
 * The digit network of the lessons: bytes of 784 pixels, scaled to 0..1, relu layers with He initialization and
 * dropout, ten classes. Not compiled yet.
 *
 * @example
 * mnistMlp({ hidden: [512, 128] }).countParams() // 468874
 */
export function mnistMlp(options: MnistMlpOptions = {}): Model {
  const where = 'mnistMlp';
  refuseUnknown('LU_MODEL_OPTION', where, options, ['hidden', 'dropout', 'seed']);
  const hidden = options.hidden ?? [512, 128];
  const rates = hidden.map((_, i) =>
    typeof options.dropout === 'object' ? options.dropout[i] : options.dropout,
  );
  const stack = hidden.flatMap((units, i): Layer[] => {
    requireNumber('LU_MODEL_OPTION', where, `hidden[${i}]`, units, ranges.count);
    const dense = layers.dense({ units, activation: 'relu', kernelInitializer: 'heNormal' });
    const rate = rates[i];
    return rate === undefined ? [dense] : [dense, layers.dropout(rate)];
  });
  return sequential(
    [
      layers.input({ shape: [784] }),
      layers.rescaling({ scale: 1 / 255 }),
      ...stack,
      layers.dense({ units: 10, activation: 'softmax' }),
    ],
    { name: 'mnist-mlp', seed: options.seed ?? 0 },
  );
}
