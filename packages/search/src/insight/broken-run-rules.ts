import { cardOf } from '@luthier/core';
import { cardAdvice, shortNumber as n, scaled } from './card-advice.ts';
import { roughness, tail, turns } from './curve.ts';
import { beyond, type Rule, verdict } from './rule.ts';
import type { Advice } from './verdict.ts';

function defaultOf(target: string): number {
  return Number(cardOf(target).default);
}

/** Rule 6: NaN, Infinity, or a loss above its start. */
export const diverged: Rule = ({ epochs, curves, options, chance }) => {
  const all = epochs.flatMap(({ metrics }) => [metrics.loss, metrics.valLoss]).filter((v) => v !== undefined);
  const advice: Advice[] = [
    scaled('learningRate', 'decrease', options.learningRate, 10),
    cardAdvice('clipNorm', 'add', defaultOf('clipNorm')),
    cardAdvice('warmup', 'add'),
  ];
  const bad = epochs.findIndex(({ metrics }) =>
    [metrics.loss, metrics.valLoss].some((value) => value !== undefined && !Number.isFinite(value)),
  );
  if (bad >= 0 || all.some((value) => !Number.isFinite(value)))
    return verdict(
      'diverged',
      0.99,
      `diverged: the loss is not finite at epoch ${bad + 1}`,
      { epoch: bad },
      advice,
    );
  const { train } = curves;
  if (train.length < 2) return undefined;
  const [first, last] = [train[0]!, tail(train, 2)];
  const start = Math.max(first, chance);
  if (last <= 1.2 * start || last <= first * 1.2) return undefined;
  return verdict(
    'diverged',
    beyond(last / start, 1.2),
    `diverged: the training loss rose from ${n(first)} to ${n(last)}`,
    { first, last },
    advice,
  );
};

/** Rule 16: the penalty is larger than the data loss and did not shrink. */
export const penaltyDominates: Rule = ({ epochs, options }) => {
  const { dataLoss, penalty } = epochs.at(-1)!.telemetry;
  if (!(penalty > dataLoss) || !(dataLoss > 0) || dataLoss < 0.05) return undefined;
  return verdict(
    'penaltyDominates',
    beyond(penalty / dataLoss, 1),
    `the penalty (${n(penalty)}) outweighs the data loss (${n(dataLoss)})`,
    { penalty, dataLoss },
    [scaled('l2', 'decrease', options.l2, 10)],
  );
};

/** Rule 12: weights near zero, or more than half of the units dead. */
export const dying: Rule = ({ epochs, curves, chance }) => {
  const { deadUnits, weightNorm } = epochs.at(-1)!.telemetry;
  const first = epochs[0]!.telemetry.weightNorm;
  const isHigh = tail(curves.train, 1) > 0.5 * chance;
  if (deadUnits !== undefined && deadUnits > 0.5)
    return verdict(
      'dying',
      beyond(deadUnits, 0.5),
      `${n(100 * deadUnits)} % of the hidden units never fire`,
      { deadUnits },
      [cardAdvice('activation', 'check'), cardAdvice('l1', 'decrease')],
    );
  if (!(weightNorm < 0.05 * first) || !isHigh) return undefined;
  return verdict(
    'dying',
    0.9,
    `the weights shrank to nothing (norm ${n(first)} to ${n(weightNorm)})`,
    { first, weightNorm },
    [cardAdvice('l2', 'decrease')],
  );
};

function fewestEpochs(): number {
  const { range } = cardOf('epochs');
  return range.kind === 'choice' ? defaultOf('epochs') : range.min;
}

/** Fewer than 3 epochs. */
export const unclear: Rule = ({ epochs }) =>
  epochs.length >= 3
    ? undefined
    : verdict('unclear', 0.5, `not enough data: ${epochs.length} epochs`, { epochs: epochs.length }, [
        cardAdvice('epochs', 'increase', fewestEpochs()),
      ]);

/** Rule 7: a saw-tooth. */
export const noisy: Rule = ({ watched, options }) => {
  const settled = watched.slice(Math.floor(watched.length / 3));
  const rough = roughness(settled);
  const turning = turns(settled);
  if (settled.length < 4 || rough < 0.12 || turning < 0.5) return undefined;
  return verdict(
    'noisy',
    beyond(rough, 0.12),
    `noisy: the loss jumps by about ${n(100 * rough)} % from epoch to epoch`,
    { roughness: rough, turns: turning },
    [
      scaled('learningRate', 'decrease', options.learningRate, 3),
      cardAdvice('learningRateSchedule', 'add'),
      cardAdvice('batchSize', 'increase'),
    ],
  );
};
