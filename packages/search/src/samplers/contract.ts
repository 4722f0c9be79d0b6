import type { Generator, Json, Params } from '@luthier/core';
import type { Space } from '../space/parameter.ts';
import type { Budget, Why } from '../study/events.ts';
import type { History } from '../study/history.ts';

/** What a sampler may look at; nothing else. */
export interface SuggestRequest {
  readonly history: History;
  /** What the sampler remembered at its last suggestion. */
  readonly memo: Json | undefined;
  readonly space: Space;
  /** Keyed by study seed and trial number. */
  readonly random: Generator;
  /** Number of the trial asked for, counted from 0. */
  readonly trial: number;
  readonly budget: Budget;
}

/** A configuration to try, or the news that none is left. */
export type Suggestion =
  | { readonly kind: 'params'; readonly params: Params; readonly memo?: Json; readonly why: Why }
  | { readonly kind: 'exhausted'; readonly text: string };

/** A pure function from what happened to what to try next: same request, same suggestion. */
export interface Sampler {
  readonly name: string;
  /** The specification as data, enough to make the same sampler again. */
  readonly spec: Json;
  suggest(request: SuggestRequest): Suggestion;
}
