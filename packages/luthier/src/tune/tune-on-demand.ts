import type { TuneEnd, TuneObserver, TuneOptions } from './contract.ts';

/**
 * Runs a tuning file: see `tune` in tune.ts, which is loaded at the first call. Tuning files import this package in every
 * trial process, and those need neither stores nor charts.
 *
 * @example
 * const end = await tune({ file: 'tune.ts', cwd: process.cwd(), store: 'runs/studies.db', resume: true, drain, kill });
 */
export async function tune(options: TuneOptions, observer: TuneObserver = {}): Promise<TuneEnd> {
  const loaded = await import('./tune.ts');
  return loaded.tune(options, observer);
}
