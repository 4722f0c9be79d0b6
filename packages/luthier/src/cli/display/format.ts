import type { Params, ParamValue } from '@luthier/core';

function exponent(value: number, digits?: number): string {
  return value.toExponential(digits).replace('e+', 'e');
}

/**
 * A measured number for people: four decimals, fewer from 100 on, an exponent when very large or small; `diverged` when not finite.
 *
 * @example
 * formatMetric(0.98361) // '0.9836'
 * formatMetric(Number.NaN) // 'diverged'
 */
export function formatMetric(value: number | undefined): string {
  if (value === undefined) return '—';
  if (!Number.isFinite(value)) return 'diverged';
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e6)) return exponent(value, 2);
  if (Number.isInteger(value) && size >= 100) return String(value);
  return value.toFixed(size >= 1000 ? 1 : size >= 100 ? 2 : 4);
}

/**
 * A mean with its deviation, both to the same place.
 *
 * @example
 * formatSpread(0.9834, 0.00082) // '0.9834 ± 0.0008'
 */
export function formatSpread(mean: number, deviation: number): string {
  const shown = formatMetric(mean);
  if (!Number.isFinite(deviation) || !Number.isFinite(mean)) return shown;
  const digits = shown.includes('e') ? undefined : (shown.split('.')[1]?.length ?? 0);
  return `${shown} ± ${digits === undefined ? exponent(deviation, 1) : deviation.toFixed(digits)}`;
}

/**
 * A hyperparameter in few characters: at most four significant digits, an exponent below 0.01.
 *
 * @example
 * formatParam(0.001) // '1e-3'
 */
export function formatParam(value: ParamValue): string {
  if (typeof value !== 'number') return String(value);
  if (Number.isInteger(value) && Math.abs(value) < 1e6) return String(value);
  const rounded = Number(value.toPrecision(4));
  const size = Math.abs(rounded);
  return size !== 0 && (size < 0.01 || size >= 1e6) ? exponent(rounded) : String(rounded);
}

/** `hidden1 320  dropout1 0.3`, in the given order; parameters that the trial does not have are left out. */
export function formatParams(params: Params, names: readonly string[] = Object.keys(params)): string {
  return names
    .flatMap((name) => {
      const value = params[name];
      return value === undefined ? [] : [`${name} ${formatParam(value)}`];
    })
    .join('  ');
}

/**
 * Seconds for people, in at most two units.
 *
 * @example
 * formatDuration(92) // '1m32s'
 */
export function formatDuration(seconds: number | undefined): string {
  if (seconds === undefined || !Number.isFinite(seconds)) return '—';
  if (seconds < 9.95) return `${Math.max(0, seconds).toFixed(1)}s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole}s`;
  const two = (value: number): string => String(value).padStart(2, '0');
  if (whole < 3600) return `${Math.floor(whole / 60)}m${two(whole % 60)}s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 1440) return `${Math.floor(minutes / 60)}h${two(minutes % 60)}m`;
  const hours = Math.round(seconds / 3600);
  return `${Math.floor(hours / 24)}d${two(hours % 24)}h`;
}

/** `9,600`; `infinitely many` for a continuous space. */
export function formatCount(count: number): string {
  if (!Number.isFinite(count)) return 'infinitely many';
  return count >= 1e15 ? exponent(count, 2) : count.toLocaleString('en-US');
}

/** `1 trial`, `2 trials`. */
export function plural(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;
}
