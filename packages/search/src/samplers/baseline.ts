import { generator, type Params, randomKey } from '@luthier/core';
import { defaults } from '../space/canonical.ts';
import { isFeasible } from '../space/constraints.ts';
import { nearestFeasible } from '../space/draw.ts';
import type { Space } from '../space/parameter.ts';
import type { Why } from '../study/events.ts';

/**
 * The first trial of every study, to have something to beat: all parameters at their defaults, or the configuration next to them that
 * keeps the constraints.
 */
export function baseline(space: Space): { readonly params: Params; readonly why: Why } {
  const wanted = defaults(space);
  if (isFeasible(space, wanted)) {
    const text = 'baseline: every parameter at its default';
    return { params: wanted, why: { text, sampler: 'baseline', mode: 'baseline' } };
  }
  // Keyed by nothing of the study: the baseline belongs to the space.
  const params = nearestFeasible(space, wanted, generator(randomKey('baseline')));
  const text = 'baseline: next to the defaults, which break a rule of the space';
  return { params, why: { text, sampler: 'baseline', mode: 'baseline' } };
}
