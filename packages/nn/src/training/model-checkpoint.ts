import { LuthierError } from '@luthier/core';
import { ranges, refuseUnknown, requireNumber } from '../layers/options.ts';
import type { Callback, CallbackFactory, RunInfo } from './callback.ts';
import { type MonitorMode, readMode, watch } from './monitor.ts';

/** What a saved model is about. */
export interface SavedModelInfo {
  readonly epoch: number;
  readonly monitor: string;
  readonly value: number;
}

/** Options of `modelCheckpoint`. */
export interface ModelCheckpointOptions {
  /** Takes the model as an ONNX file; a promise is awaited before training goes on. */
  readonly save: (onnx: Uint8Array, info: SavedModelInfo) => void | Promise<void>;
  /** The metric that is watched. Default `valLoss`; if every epoch is saved and nothing is validated, `loss`. */
  readonly monitor?: string;
  /** Default `auto`: losses down, metrics in the direction they declare. */
  readonly mode?: MonitorMode;
  /** false saves after every epoch, or every `epochFrequency`-th. Default true (Keras: false). */
  readonly saveBestOnly?: boolean;
  /** Epochs between two saves without `saveBestOnly`. Default 1. */
  readonly epochFrequency?: number;
  /** Only values better than this are saved. Default: the first epoch is. */
  readonly initialValueThreshold?: number;
}

/**
 * Saves the model after every epoch that is the best so far, or after every one, as an ONNX file in evaluation mode.
 *
 * Nothing is written by the callback itself: `save` says where files go. NaN is never the best. The file carries
 * `luthier.epoch`, `luthier.monitor` and `luthier.value` as metadata.
 * Throws `LU_CALLBACK_OPTION` and, before training, `LU_TRAIN_MONITOR` for a metric that the run does not measure.
 * Reference: Keras 3 `ModelCheckpoint` with `save_best_only`.
 *
 * @example
 * callbacks: [modelCheckpoint({ monitor: 'valAccuracy', save: (onnx) => writeFile('best.onnx', onnx) })]
 */
export function modelCheckpoint(options: ModelCheckpointOptions): CallbackFactory {
  const name = 'modelCheckpoint';
  const code = 'LU_CALLBACK_OPTION';
  const known = ['save', 'monitor', 'mode', 'saveBestOnly', 'epochFrequency', 'initialValueThreshold'];
  refuseUnknown(code, name, options, known);
  const { save, initialValueThreshold: threshold } = options;
  const mode = readMode(name, options.mode);
  if (typeof save !== 'function') {
    throw new LuthierError(code, `${name} has no function save`, {
      fix: 'Give save: (onnx, info) => ..., which keeps the file.',
      where: name,
    });
  }
  if (threshold !== undefined) requireNumber(code, name, 'initialValueThreshold', threshold, ranges.finite);
  const { saveBestOnly = true, epochFrequency } = options;
  if (typeof saveBestOnly !== 'boolean' || (saveBestOnly && epochFrequency !== undefined)) {
    throw new LuthierError(code, `${name}: epochFrequency needs saveBestOnly: false`, {
      fix: 'Give saveBestOnly: false, or leave epochFrequency out.',
      where: name,
    });
  }
  const every = requireNumber(code, name, 'epochFrequency', epochFrequency ?? 1, ranges.count);
  const create = (run: RunInfo): Callback => {
    const isValidated = run.monitors.includes('valLoss');
    const monitor = options.monitor ?? (saveBestOnly || isValidated ? 'valLoss' : 'loss');
    const { isBetter, worst } = watch(name, monitor, mode, run, 0);
    let best = threshold ?? worst;
    return {
      onEpochEnd: async ({ epoch, metrics }, control) => {
        const value = metrics[monitor] ?? Number.NaN;
        const isWanted = saveBestOnly ? isBetter(value, best) : (epoch + 1) % every === 0;
        if (!isWanted) return;
        best = value;
        const metadata = {
          'luthier.epoch': String(epoch),
          'luthier.monitor': monitor,
          'luthier.value': String(value),
        };
        await save(control.toOnnx(metadata), { epoch, monitor, value });
      },
      state: () => ({ values: { best } }),
      restoreState: ({ values }) => {
        best = Number(values.best);
      },
    };
  };
  return { name, create };
}
