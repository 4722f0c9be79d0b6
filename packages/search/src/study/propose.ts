import { generator, type Json, LuthierError, type Params, randomKey } from '@luthier/core';
import { baseline } from '../samplers/baseline.ts';
import type { Sampler } from '../samplers/contract.ts';
import { triedKeys, untried } from '../samplers/tried.ts';
import { canonicalKey, canonicalParams, misfit } from '../space/canonical.ts';
import { brokenConstraint, isFeasible } from '../space/constraints.ts';
import { drawParams, nearestFeasible } from '../space/draw.ts';
import { size } from '../space/enumerate.ts';
import type { Space } from '../space/parameter.ts';
import type { Why } from './events.ts';
import type { History } from './history.ts';
import { warmSpace } from './warm-start.ts';

const LISTED: readonly string[] = ['grid', 'oneAtATime'];

/** A configuration to run next and why. */
export interface Proposal {
  readonly params: Params;
  readonly why: Why;
  readonly memo?: Json;
  readonly queued?: number;
}

/** The news that no configuration is left. */
export interface Exhausted {
  readonly kind: 'exhausted';
  readonly text: string;
}

/** The first entry of a queue that waits; those taken come before it. */
export function waitingEntry(queue: History['queue']): History['queue'][number] | undefined {
  let low = 0;
  let high = queue.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (queue[middle]!.taken) low = middle + 1;
    else high = middle;
  }
  return queue[low];
}

/**
 * The next configuration of a study: from the queue, then the baseline, then the sampler's, moved until the rules of the space hold.
 *
 * Unless the study allows repeats, none that was asked for before. Throws LU_STUDY_SUGGESTION when the sampler leaves the space.
 */
export function propose(history: History, space: Space, sampler: Sampler): Proposal | Exhausted {
  const waiting = waitingEntry(history.queue);
  if (waiting) {
    const why: Why = { text: waiting.why ?? 'from the queue', sampler: 'queue' };
    return { params: canonicalParams(space, waiting.params), why, queued: waiting.id };
  }
  const searched = warmSpace(history, space);
  const tried = triedKeys(history, searched);
  if (tried.size === 0) return baseline(searched);
  const trial = history.trials.length;
  const random = generator(randomKey(history.seed, 'sampler', trial));
  const { memo, budget } = history;
  const suggestion = sampler.suggest({ history, memo, space: searched, random, trial, budget });
  if (suggestion.kind === 'exhausted') {
    // What walks through a list is over at its end, also where configurations may come again.
    if (!history.repeats || LISTED.includes(sampler.name)) return suggestion;
    const text = `${suggestion.text}; one of them again`;
    const params = drawParams(searched, random);
    return { params, why: { text, sampler: sampler.name, mode: 'random' } };
  }
  let params = canonicalParams(searched, suggestion.params);
  let { why } = suggestion;
  const broken = isFeasible(searched, params) ? undefined : brokenConstraint(searched, params);
  if (broken) {
    const text = `${why.text}; moved until the rule '${broken.text}' held`;
    [params, why] = [nearestFeasible(searched, params, random), { ...why, text }];
  }
  const wrong = misfit(searched, params);
  if (wrong !== undefined)
    throw new LuthierError('LU_STUDY_SUGGESTION', `${sampler.name} left the space: ${wrong}`, {
      fix: 'Report this, or use another sampler.',
    });
  const kept = suggestion.memo === undefined ? {} : { memo: suggestion.memo };
  if (history.repeats || !tried.has(canonicalKey(searched, params))) return { params, why, ...kept };
  const other = untried(searched, tried, random);
  if (!other)
    return { kind: 'exhausted', text: `all ${size(searched)} configurations of the space have been tried` };
  const instead: Why = {
    text: `${sampler.name} proposed a configuration already tried; an untried one instead`,
    sampler: sampler.name,
    mode: 'random',
  };
  return { params: other, why: instead, ...kept };
}
