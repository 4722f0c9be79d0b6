import { LuthierError } from '@luthier/core';
import type { SamplerSpec } from './registry.ts';

/** Refuses a specification with options for a sampler that has none; throws LU_SAMPLER_OPTION. */
export function withoutOptions(spec: SamplerSpec): void {
  const option = Object.keys(spec).find((key) => key !== 'name' && spec[key] !== undefined);
  if (option === undefined) return;
  throw new LuthierError('LU_SAMPLER_OPTION', `${spec.name} has no option '${option}'`, {
    fix: 'Remove it.',
    where: 'sampler',
  });
}
