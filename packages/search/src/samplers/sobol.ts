import { canonicalKey } from '../space/canonical.ts';
import { isFeasible } from '../space/constraints.ts';
import { fromUniform } from '../space/draw.ts';
import { dimensions } from '../space/encode.ts';
import { size } from '../space/enumerate.ts';
import type { Sampler } from './contract.ts';
import { exhausted } from './random.ts';
import { sobolPoint } from './sobol-sequence.ts';
import { triedKeys, untried } from './tried.ts';

/**
 * Quasi-random search: trial n takes point n of a Sobol sequence scrambled by the study's seed, which covers the space more
 * evenly than independent draws.
 *
 * In a finite space, where a point falls on a configuration already tried, an untried one is drawn instead, until all
 * are used up. Mapped to the ranges through the scale of each parameter.
 * Reference: Joe and Kuo 2008 (direction numbers), Owen 1995 (scrambling).
 *
 * @example
 * sobol()
 */
export function sobol(): Sampler {
  return {
    name: 'sobol',
    spec: { name: 'sobol' },
    suggest: ({ history, space, random, trial }) => {
      const tried = triedKeys(history, space);
      const params = fromUniform(space, sobolPoint(trial, dimensions(space).length, history.seed));
      const isKept = isFeasible(space, params);
      if (isKept && (history.repeats || !tried.has(canonicalKey(space, params))))
        return {
          kind: 'params',
          params,
          why: { text: `Sobol point ${trial}`, sampler: 'sobol', mode: 'initial' },
        };
      const other = untried(space, tried, random);
      if (!other) return exhausted(size(space));
      return {
        kind: 'params',
        params: other,
        why: {
          text: isKept
            ? `Sobol point ${trial} falls on a configuration already tried; an untried one instead`
            : `Sobol point ${trial} breaks a rule of the space; a draw that keeps all of them instead`,
          sampler: 'sobol',
          mode: 'random',
        },
      };
    },
  };
}

/** Makes the Sobol sampler from its specification. */
export function parseSobol(): Sampler {
  return sobol();
}
