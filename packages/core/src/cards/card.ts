import type { ParamValue, Scale } from '../hyper-parameters.ts';
import type { VerdictKind } from './verdict-kind.ts';

/** What a hyperparameter belongs to. */
export type CardGroup = 'optimization' | 'architecture' | 'regularization' | 'data';

/** How a wrong value shows. */
export interface Symptom {
  /** Which way it is wrong: `too low` for a number, `too plain` and the like for a choice. */
  readonly when: string;
  readonly text: string;
  /** Verdicts of `diagnose` that may come of it. */
  readonly looksLike: readonly VerdictKind[];
}

/** The usual values: an interval, or a list in order. */
export type CardRange =
  | { readonly kind: 'float' | 'int'; readonly min: number; readonly max: number; readonly step?: number }
  | { readonly kind: 'choice'; readonly values: readonly ParamValue[] };

/** An advice in words; `{value}` stands for the value to try. */
export interface CardAdvice {
  readonly text: string;
  readonly value?: string;
}

/** The help entry of one hyperparameter. */
export interface HelpCard {
  /** As Luthier spells it. */
  readonly name: string;
  /** Other names, in lower case. */
  readonly aliases: readonly string[];
  readonly group: CardGroup;
  /** What it does. */
  readonly what: string;
  readonly tooLow: Symptom;
  readonly tooHigh: Symptom;
  /** Values worth searching. */
  readonly range: CardRange;
  /** The value to begin with. */
  readonly default: ParamValue;
  /** How a search should spread its values; `none` for choices without an order. */
  readonly scale: Scale | 'none';
  /** When to move it, and how. */
  readonly tip: string;
  /** How the diagnosis words a move of it. */
  readonly advice: Readonly<Partial<Record<'increase' | 'decrease' | 'add' | 'check', CardAdvice>>>;
}
