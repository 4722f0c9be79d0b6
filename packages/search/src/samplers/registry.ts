import { didYouMean, type Json, LuthierError } from '@luthier/core';
import { parseAuto } from './auto/auto.ts';
import { parseCmaes } from './cmaes/cmaes.ts';
import type { Sampler } from './contract.ts';
import { parseDifferentialEvolution } from './de.ts';
import { parseGp } from './gp/gp.ts';
import { parseGrid } from './grid.ts';
import { parseOneAtATime } from './one-at-a-time.ts';
import { parseRandom } from './random.ts';
import { parseSobol } from './sobol.ts';
import { parseTpe } from './tpe/tpe.ts';

/** The specification of a sampler as data: its name and its options. */
export type SamplerSpec = { readonly name: string } & { readonly [option: string]: Json | undefined };

/** Makes a sampler again from its specification; throws LU_SAMPLER_OPTION when an option makes no sense. */
export type SamplerFactory = (spec: SamplerSpec) => Sampler;

// A table, not registrations on import, so that bundlers may drop what nobody uses.
const factories = new Map<string, SamplerFactory>([
  ['auto', parseAuto],
  ['bayes', parseGp],
  ['cmaes', parseCmaes],
  ['de', parseDifferentialEvolution],
  ['gp', parseGp],
  ['grid', parseGrid],
  ['oneAtATime', parseOneAtATime],
  ['random', parseRandom],
  ['sobol', parseSobol],
  ['tpe', parseTpe],
]);

/**
 * Makes a sampler known by name, so that `parseSampler` and the command line find it. A later registration of the same name wins.
 *
 * @example
 * registerSampler('corner', () => corner());
 */
export function registerSampler(name: string, factory: SamplerFactory): void {
  factories.set(name, factory);
}

/** Names of all known samplers, sorted. */
export function samplerNames(): readonly string[] {
  return [...factories.keys()].sort();
}

/**
 * The sampler of a name (`'random'`) or a specification (`{ name: 'grid', levels: 5 }`), as stored in a study.
 *
 * Throws LU_SAMPLER_UNKNOWN with the nearest known name.
 */
export function parseSampler(spec: Json): Sampler {
  const fields = (typeof spec === 'string' ? { name: spec } : spec) as SamplerSpec | null;
  const name = typeof fields === 'object' ? fields?.name : undefined;
  const factory = typeof name === 'string' ? factories.get(name) : undefined;
  if (!fields || !factory) {
    const names = samplerNames();
    const shown = typeof name === 'string' ? `'${name}'` : JSON.stringify(spec);
    const hint = typeof name === 'string' ? didYouMean(name, names) : '';
    throw new LuthierError('LU_SAMPLER_UNKNOWN', `there is no sampler ${shown}${hint}`, {
      fix: `Use one of ${names.join(', ')}.`,
      where: 'sampler',
    });
  }
  return factory(fields);
}
