import type { Params } from '@luthier/core';
import { defaults } from '../space/canonical.ts';
import type { Space } from '../space/parameter.ts';
import type { Why } from '../study/events.ts';

/** The first trial of every study: all parameters at their defaults, to have something to beat. */
export function baseline(space: Space): { readonly params: Params; readonly why: Why } {
  return {
    params: defaults(space),
    why: { text: 'baseline: every parameter at its default', sampler: 'baseline', mode: 'baseline' },
  };
}
