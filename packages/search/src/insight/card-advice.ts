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

/** The advice to multiply or divide a hyperparameter, in the words and within the range of its card. */
export function scaled(
  target: string,
  change: 'increase' | 'decrease',
  present: number | undefined,
  factor: number,
): Advice {
  if (present === undefined) return cardAdvice(target, change);
  const wanted = change === 'increase' ? present * factor : present / factor;
  return cardAdvice(target, change, nextValue(cardOf(target), present, wanted));
}

/** The advice to move dropout by the step of its card, up or down. */
export function dropoutStep(change: 'increase' | 'decrease', present: number): Advice {
  const card = cardOf('dropout');
  const step = card.range.kind === 'choice' ? 0.1 : (card.range.step ?? 0.1);
  const wanted = Math.round((present + (change === 'increase' ? step : -step)) * 1e6) / 1e6;
  return cardAdvice('dropout', change, nextValue(card, present, wanted));
}
