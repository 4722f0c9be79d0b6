import { cardOf } from '@luthier/core';
import { cardAdvice, dropoutStep, scaled } from './card-advice.ts';
import type { Advice, DiagnoseOptions } from './verdict.ts';

/** More dropout, unless there is as much as helps. */
function moreDropout({ dropout }: DiagnoseOptions): readonly Advice[] {
  const card = cardOf('dropout');
  if (card.range.kind !== 'choice' && (dropout ?? 0) >= card.range.max) return [];
  return [dropoutStep('increase', dropout ?? Number(card.default))];
}

/** More weight decay, in the form that the run has: decoupled where only that is there, else as the L2 penalty. */
function moreDecay({ l2, weightDecay }: DiagnoseOptions): Advice {
  const target = l2 === undefined && weightDecay !== undefined ? 'weightDecay' : 'l2';
  const present = target === 'l2' ? l2 : weightDecay;
  if (present !== undefined && present > 0) return scaled(target, 'increase', present, 3);
  return cardAdvice(target, 'increase', Number(cardOf(target).default));
}

/** Techniques against overfitting in the order in which they are worth trying. */
export function againstOverfitting(options: DiagnoseOptions, bestEpoch: number): readonly Advice[] {
  return [
    ...moreDropout(options),
    moreDecay(options),
    cardAdvice('earlyStopping', 'add', bestEpoch + 1),
    cardAdvice('units', 'decrease'),
  ];
}

/**
 * What to add as a model grows: dropout, weight decay (L2), batch normalization; less what is there already.
 *
 * @example
 * againstOverfittingOfLargeModel({}).map(({ target }) => target) // ['dropout', 'l2', 'batchNormalization']
 */
export function againstOverfittingOfLargeModel(options: DiagnoseOptions): readonly Advice[] {
  return [
    ...moreDropout(options),
    moreDecay(options),
    ...(options.batchNormalization === true ? [] : [cardAdvice('batchNormalization', 'add')]),
  ];
}
