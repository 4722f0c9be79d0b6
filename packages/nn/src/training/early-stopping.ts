import { ranges, refuseUnknown, requireNumber } from '../layers/options.ts';
import type { Callback, CallbackFactory, NamedArrays, RunInfo } from './callback.ts';
import { type MonitorMode, readMode, watch } from './monitor.ts';

/** Options of `earlyStopping`. */
export interface EarlyStoppingOptions {
  /** The metric that is watched. Default `valLoss`. */
  readonly monitor?: string;
  /** Epochs without improvement before the run ends. Default 0. */
  readonly patience?: number;
  /** The least change that counts as an improvement. Default 0. */
  readonly minDelta?: number;
  /** Default `auto`: losses down, metrics in the direction they declare. */
  readonly mode?: MonitorMode;
  /** A value to beat: improvements that do not reach it do not reset the wait. */
  readonly baseline?: number;
  /** Puts the weights of the best epoch back at the end, whatever ended the run. Default false. */
  readonly restoreBestWeights?: boolean;
  /** Epochs before this one are not watched. Default 0. */
  readonly startFromEpoch?: number;
}

const KNOWN = [
  'monitor',
  'patience',
  'minDelta',
  'mode',
  'baseline',
  'restoreBestWeights',
  'startFromEpoch',
] as const;

/**
 * Ends a run when the watched metric no longer improves.
 *
 * From `startFromEpoch` on, each epoch adds 1 to the wait. A value better than the best by more than `minDelta` becomes
 * the best (its weights are kept when `restoreBestWeights`), and resets the wait if it also beats `baseline`. Any other
 * epoch but the first ends the run once the wait has reached `patience`. NaN is never an improvement.
 * Throws `LU_TRAIN_MONITOR`, before training, for a metric that the run does not measure.
 * Reference: Keras 3 `EarlyStopping`; Prechelt 1998, "Early stopping, but when?".
 *
 * @example
 * await model.fit(data, { epochs: 100, callbacks: [earlyStopping({ monitor: 'valLoss', patience: 5 })] });
 */
export function earlyStopping(options: EarlyStoppingOptions = {}): CallbackFactory {
  const where = 'earlyStopping';
  refuseUnknown('LU_CALLBACK_OPTION', where, options, KNOWN);
  const monitor = options.monitor ?? 'valLoss';
  const mode = readMode(where, options.mode);
  const patience = options.patience ?? 0;
  const startFromEpoch = options.startFromEpoch ?? 0;
  requireNumber('LU_CALLBACK_OPTION', where, 'patience', patience, ranges.countFromZero);
  requireNumber('LU_CALLBACK_OPTION', where, 'startFromEpoch', startFromEpoch, ranges.countFromZero);
  const minDelta = Math.abs(
    requireNumber('LU_CALLBACK_OPTION', where, 'minDelta', options.minDelta ?? 0, ranges.finite),
  );
  const { baseline } = options;
  const restore = options.restoreBestWeights ?? false;

  const create = (run: RunInfo): Callback => {
    const { isBetter, worst } = watch(where, monitor, mode, run, minDelta);
    let best: number | undefined;
    let bestEpoch = 0;
    let bestWeights: NamedArrays | undefined;
    let wait = 0;
    return {
      onEpochEnd: ({ epoch, metrics }, control) => {
        if (epoch < startFromEpoch) return;
        const value = metrics[monitor] ?? Number.NaN;
        // Should the first epoch give NaN and nothing improve on it, there is still something to put back.
        if (restore && bestWeights === undefined) {
          bestWeights = control.weights();
          bestEpoch = epoch;
        }
        wait += 1;
        if (isBetter(value, best ?? worst)) {
          best = value;
          bestEpoch = epoch;
          if (restore) bestWeights = control.weights();
          if (baseline === undefined || isBetter(value, baseline)) wait = 0;
        } else if (wait >= patience && epoch > 0) {
          control.stop('earlyStopping');
        }
      },
      onTrainEnd: (control) => {
        if (restore && bestWeights !== undefined) control.restoreWeights(bestWeights, bestEpoch);
      },
      state: () => ({
        values: { best: best ?? null, bestEpoch, wait, kept: bestWeights !== undefined },
        ...(bestWeights === undefined ? {} : { arrays: bestWeights }),
      }),
      restoreState: ({ values, arrays }) => {
        best = typeof values.best === 'number' ? values.best : undefined;
        bestEpoch = Number(values.bestEpoch);
        wait = Number(values.wait);
        bestWeights = values.kept === true ? arrays : undefined;
      },
    };
  };
  return { name: where, create };
}
