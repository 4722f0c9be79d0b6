import { cardOf, type HelpCard } from '@luthier/core';
import type { Advice } from './verdict.ts';

/** A number with three significant digits. */
export function shortNumber(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(3))) : String(value);
}

/**
 * Where a move of a numeric hyperparameter should end: inside the usual range of its card as long as that is still a
 * move in the same direction; from an end of the range or beyond, where it was meant to go.
 *
 * @example
 * nextValue(cardOf('learningRate'), 5e-4, 5e-5) // 1e-4, the end of the usual range
 */
export function nextValue({ range }: HelpCard, present: number, wanted: number): number {
  if (range.kind === 'choice') return wanted;
  const inside = Math.min(range.max, Math.max(range.min, wanted));
  return (inside - present) * (wanted - present) > 0 ? inside : wanted;
}

/**
 * An advice in the words of the card of its target, so that diagnosis and explanation cannot disagree. Targets may be
 * aliases, such as `clipNorm`. Throws when the card has no words for the change.
 *
 * @example
 * cardAdvice('dropout', 'increase', 0.3).text // 'try dropout 0.3'
 */
export function cardAdvice(target: string, change: Advice['change'], value?: number): Advice {
  const words = cardOf(target).advice[change];
  if (words === undefined) throw new RangeError(`the card of ${target} has no words for '${change}'`);
  if (value === undefined || words.value === undefined) return { target, change, text: words.text };
  return { target, change, value, text: words.value.replace('{value}', shortNumber(value)) };
}
