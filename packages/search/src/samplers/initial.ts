import { canonicalKey } from '../space/canonical.ts';
import { baseline } from './baseline.ts';
import type { Suggestion, SuggestRequest } from './contract.ts';
import { sobol } from './sobol.ts';
import { triedKeys } from './tried.ts';

/** The baseline, or the next Sobol point when it was asked for: what a sampler suggests while it knows too little. */
export function initialSuggestion(request: SuggestRequest, sampler: string): Suggestion {
  const { history, space } = request;
  const first = baseline(space);
  if (!triedKeys(history, space).has(canonicalKey(space, first.params))) return { kind: 'params', ...first };
  const next = sobol().suggest(request);
  if (next.kind === 'exhausted') return next;
  const why = { text: `${next.why.text}, to learn the space`, sampler, mode: 'initial' as const };
  return { kind: 'params', params: next.params, why };
}
