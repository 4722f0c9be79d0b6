import { refuseUnknown } from '@luthier/core';
import type { SamplerSpec } from './registry.ts';

/** Refuses a specification with options for a sampler that has none; throws LU_SAMPLER_OPTION. */
export function withoutOptions({ name, ...options }: SamplerSpec): void {
  refuseUnknown('LU_SAMPLER_OPTION', name, options, []);
}
