import { type Json, median } from '@luthier/core';
import type { Space } from '../../space/parameter.ts';
import type { Budget } from '../../study/events.ts';
import type { History } from '../../study/history.ts';
import { cmaes } from '../cmaes/cmaes.ts';
import type { Sampler, Suggestion, SuggestRequest } from '../contract.ts';
import { secondsOf } from '../gp/cost.ts';
import { gp } from '../gp/gp.ts';
import type { Fitted } from '../gp/model.ts';
import { grid } from '../grid.ts';
import { countGroups, orderedTrials } from '../ordered-trials.ts';
import { random } from '../random.ts';
import type { SamplerSpec } from '../registry.ts';
import { sobol } from '../sobol.ts';
import { isPending } from '../standing.ts';
import { tpe } from '../tpe/tpe.ts';
import { withoutOptions } from '../without-options.ts';
import { chooseSampler, comparedText, type Experience, type SamplerChoice } from './choose.ts';
import { compareModels } from './compare-models.ts';

const NAME = 'auto';
// Ended trials between two comparisons of the models.
const CHECK_EVERY = 10;
const FIRST_CHECK = 30;
const LAST_CHECK = 300;
// The newest trials tell how long one takes.
const TIMED = 50;
const FEWEST_TIMED = 5;

const SAMPLERS: Readonly<Record<SamplerChoice['sampler'], () => Sampler>> = {
  grid,
  gp,
  tpe,
  cmaes,
  sobol,
  random,
};

/** What `auto` remembers: memos of the samplers that it asked, and what the last comparison of the models showed. */
interface Memo {
  readonly choice: SamplerChoice['sampler'];
  readonly inner?: Readonly<Partial<Record<SamplerChoice['sampler'], Json>>>;
  readonly checked?: number;
  readonly ranks?: NonNullable<Experience['ranks']>;
}

function readMemo(memo: Json | undefined): Memo | undefined {
  const held = memo as Partial<Memo> | null | undefined;
  return typeof held === 'object' && held !== null && typeof held.choice === 'string'
    ? (held as Memo)
    : undefined;
}

/** What the trials so far say of the search. */
function experienceOf(history: History, space: Space): Experience {
  const { complete, stopped } = countGroups(orderedTrials(history, space).ended);
  const ended = complete + stopped;
  const seconds = history.trials
    .slice(-TIMED)
    .flatMap((trial) => (trial.state === 'complete' ? (secondsOf(trial) ?? []) : []));
  return {
    ended,
    stopped: ended === 0 ? 0 : stopped / ended,
    ...(seconds.length < FEWEST_TIMED ? {} : { trialSeconds: median(seconds) }),
  };
}

function workersOf({ trials }: History): number {
  return 1 + trials.slice(-1000).filter((trial) => trial.purpose === 'search' && isPending(trial)).length;
}

function suggest(request: SuggestRequest): Suggestion {
  const { history, space, budget } = request;
  const held = readMemo(request.memo);
  const experience = experienceOf(history, space);
  const ended = experience.ended!;
  const fitted = held?.inner?.gp as Fitted | undefined;
  let { ranks, checked = 0 } = held ?? {};
  const isDue = ended >= FIRST_CHECK && ended <= LAST_CHECK && ended >= checked + CHECK_EVERY;
  const found = isDue && fitted !== undefined ? compareModels(history, space, fitted) : undefined;
  if (isDue && fitted !== undefined) {
    ranks = found ?? ranks;
    checked = ended;
  }
  const workers = workersOf(history);
  const { sampler, text } = chooseSampler(
    space,
    budget,
    workers,
    ranks ? { ...experience, ranks } : experience,
  );
  const memoOfChoice = held?.inner?.[sampler];
  const suggestion = SAMPLERS[sampler]().suggest({ ...request, memo: memoOfChoice });
  if (suggestion.kind !== 'params') return suggestion;
  const inner = suggestion.memo === undefined ? held?.inner : { ...held?.inner, [sampler]: suggestion.memo };
  const memo: Memo = {
    choice: sampler,
    ...(inner === undefined ? {} : { inner }),
    ...(ranks === undefined ? {} : { ranks, checked }),
  };
  const isChange = held !== undefined && held.choice !== sampler;
  const note = isChange
    ? `; from here on ${sampler}: ${text}`
    : found === undefined
      ? ''
      : `; still ${sampler} after ${ended} results: ${comparedText(found)}`;
  const why = note === '' ? suggestion.why : { ...suggestion.why, text: `${suggestion.why.text}${note}` };
  const isKept =
    held !== undefined && !isChange && suggestion.memo === undefined && checked === (held.checked ?? 0);
  return { ...suggestion, why, ...(isKept ? {} : { memo: memo as unknown as Json }) };
}

/**
 * Chooses the sampler by space, budget, number of trials that run at once, their time, and what they teach, anew at every suggestion;
 * `chooseSampler` has the rules.
 *
 * Every tenth of 30 to 300 results it compares how well the Gaussian process and TPE rank results that they were not shown. What it
 * remembers is its memo; a suggestion with which the choice changes says why, and one with which it stays after a comparison says what that
 * showed.
 *
 * @example
 * auto()
 */
export function auto(): Sampler {
  return { name: NAME, spec: { name: NAME }, suggest };
}

/** Makes the automatic sampler from its specification. */
export function parseAuto(spec: SamplerSpec): Sampler {
  withoutOptions(spec);
  return auto();
}

/** Why a sampler does what it does in this search, such as `auto chose gp: ...`; empty for one that the user named. */
export function explainSampler(sampler: Sampler, space: Space, budget: Budget, workers: number): string {
  if (sampler.name !== NAME) return '';
  const choice = chooseSampler(space, budget, workers);
  return `auto chose ${choice.sampler}: ${choice.text}`;
}
