import { didYouMean, LuthierError } from '@luthier/core';
import type { RunInfo } from './callback.ts';

/** Which way a watched metric is better; `auto` asks the metric. */
export type MonitorMode = 'auto' | 'min' | 'max';

/** How values of a watched metric compare. */
export interface Watch {
  /** Whether a value is better than another by more than the least change; NaN never is. */
  isBetter(value: number, reference: number): boolean;
  /** Worse than any other value. */
  readonly worst: number;
}

/** Reads a mode; the default is `auto`. */
export function readMode(where: string, mode: MonitorMode = 'auto'): MonitorMode {
  if (['auto', 'min', 'max'].includes(mode)) return mode;
  throw new LuthierError('LU_CALLBACK_OPTION', `${where}: mode is '${String(mode)}'`, {
    fix: "Give mode 'auto', 'min' or 'max'.",
    where,
  });
}

/** Watches a metric of a run. Throws `LU_TRAIN_MONITOR` when the run does not measure it, `LU_TRAIN_MODE` when nobody knows its direction. */
export function watch(
  where: string,
  monitor: string,
  mode: MonitorMode,
  run: RunInfo,
  minDelta: number,
): Watch {
  if (!run.monitors.includes(monitor)) {
    throw new LuthierError(
      'LU_TRAIN_MONITOR',
      `${where} watches '${monitor}', which this run does not measure${didYouMean(monitor, run.monitors) || '.'}`,
      {
        fix: `Watch one of ${run.monitors.join(', ')}${
          monitor.startsWith('val') ? ', or give validationData or validationSplit' : ''
        }.`,
        where,
      },
    );
  }
  const found = mode === 'auto' ? run.direction(monitor) : mode;
  if (found === undefined) {
    throw new LuthierError('LU_TRAIN_MODE', `${where}: '${monitor}' does not say which way is better`, {
      fix: "Give mode 'min' or 'max'.",
      where,
    });
  }
  const sign = found === 'min' ? 1 : -1;
  return {
    isBetter: (value, reference) => sign * (reference - value) > minDelta,
    worst: sign * Number.POSITIVE_INFINITY,
  };
}
