import { ranges, refuseUnknown, requireNumber } from '../layers/options.ts';
import type { Callback, CallbackFactory, RunInfo } from './callback.ts';
import { type MonitorMode, readMode, watch } from './monitor.ts';
import { requireMovableRate } from './movable-rate.ts';

/** Options of `reduceLROnPlateau`. */
export interface ReduceLROnPlateauOptions {
  /** The metric that is watched. Default `valLoss`. */
  readonly monitor?: string;
  /** What the rate is multiplied by, in (0, 1). Default 0.1. */
  readonly factor?: number;
  /** Epochs without improvement before the rate falls. Default 10. */
  readonly patience?: number;
  /** Default `auto`: losses down, metrics in the direction they declare. */
  readonly mode?: MonitorMode;
  /** The least change that counts as an improvement. Default 1e-4. */
  readonly minDelta?: number;
  /** Epochs after a fall in which nothing is counted. Default 0. */
  readonly cooldown?: number;
  /** The rate never falls below it. Default 0. */
  readonly minLr?: number;
}

const KNOWN = ['monitor', 'factor', 'patience', 'mode', 'minDelta', 'cooldown', 'minLr'] as const;

/**
 * Lowers the learning rate when the watched metric no longer improves.
 *
 * Each epoch: a cooldown counts down and sets the wait to 0. An improvement by more than `minDelta` becomes the best and
 * sets the wait to 0. Otherwise, out of cooldown, the wait grows by 1; once it has reached `patience` the rate becomes
 * `max(rate * factor, minLr)`, the cooldown begins and the wait is 0. NaN is never an improvement.
 * Throws `LU_CALLBACK_OPTION` for bad numbers and, before training, `LU_TRAIN_MONITOR` for a metric that the run does
 * not measure, `LU_TRAIN_SCHEDULE` when a schedule gives the rate. Reference: Keras 3 `ReduceLROnPlateau`.
 *
 * @example
 * await model.fit(data, { epochs: 50, callbacks: [reduceLROnPlateau({ monitor: 'valLoss', factor: 0.5, patience: 3 })] });
 */
export function reduceLROnPlateau(options: ReduceLROnPlateauOptions = {}): CallbackFactory {
  const where = 'reduceLROnPlateau';
  const code = 'LU_CALLBACK_OPTION';
  refuseUnknown(code, where, options, KNOWN);
  const monitor = options.monitor ?? 'valLoss';
  const mode = readMode(where, options.mode);
  const factor = requireNumber(code, where, 'factor', options.factor ?? 0.1, {
    text: '(0, 1)',
    holds: (value) => value > 0 && value < 1,
  });
  const patience = requireNumber(code, where, 'patience', options.patience ?? 10, ranges.countFromZero);
  const cooldown = requireNumber(code, where, 'cooldown', options.cooldown ?? 0, ranges.countFromZero);
  const minLr = requireNumber(code, where, 'minLr', options.minLr ?? 0, ranges.notNegative);
  const minDelta = Math.abs(requireNumber(code, where, 'minDelta', options.minDelta ?? 1e-4, ranges.finite));

  const create = (run: RunInfo): Callback => {
    requireMovableRate(where, run);
    const { isBetter, worst } = watch(where, monitor, mode, run, minDelta);
    let best = worst;
    let wait = 0;
    let cooling = 0;
    return {
      onEpochEnd: ({ metrics }, control) => {
        const value = metrics[monitor] ?? Number.NaN;
        if (cooling > 0) {
          cooling -= 1;
          wait = 0;
        }
        if (isBetter(value, best)) {
          best = value;
          wait = 0;
          return;
        }
        if (cooling > 0) return;
        wait += 1;
        const rate = control.knobs().learningRate!;
        if (wait < patience || rate <= minLr) return;
        control.setKnob('learningRate', Math.max(rate * factor, minLr));
        cooling = cooldown;
        wait = 0;
      },
      state: () => ({ values: { best, wait, cooling } }),
      restoreState: ({ values }) => {
        best = Number(values.best);
        wait = Number(values.wait);
        cooling = Number(values.cooling);
      },
    };
  };
  return { name: where, create };
}
