import { drawParams } from '../space/draw.ts';
import { size } from '../space/enumerate.ts';
import type { Why } from '../study/events.ts';
import type { Sampler } from './contract.ts';
import { triedKeys, untried } from './tried.ts';

/** The news that every configuration of a finite space has been asked for. */
export function exhausted(total: number): { readonly kind: 'exhausted'; readonly text: string } {
  return {
    kind: 'exhausted',
    text: `all ${total} configurations of the space have been tried`,
  };
}

// Frozen, so that a study in memory shares it between all trials.
const WHY: Why = Object.freeze({ text: 'random draw from the ranges', sampler: 'random', mode: 'random' });

/**
 * Random search: independent draws from the user's priors (without them uniform on the scale of each parameter), never the same
 * configuration twice unless the study allows repeats; a finite space it exhausts.
 *
 * The draw of trial n depends on study seed, n and, where a draw would repeat, on what was tried.
 * Reference: Bergstra and Bengio 2012.
 *
 * @example
 * random()
 */
export function random(): Sampler {
  return {
    name: 'random',
    spec: { name: 'random' },
    suggest: ({ history, space, random: source }) => {
      const params = history.repeats
        ? drawParams(space, source)
        : untried(space, triedKeys(history, space), source);
      if (!params) return exhausted(size(space));
      return {
        kind: 'params',
        params,
        why: WHY,
      };
    },
  };
}

/** Makes the random sampler from its specification. */
export function parseRandom(): Sampler {
  return random();
}
