import { cardOf, type EpochRecord, mean } from '@luthier/core';
import { cardAdvice, dropoutStep, shortNumber as n, scaled } from './card-advice.ts';
import { line, tail } from './curve.ts';
import { beyond, type Rule, verdict } from './rule.ts';

/** Fall of a curve per epoch over its last third, relative to its level. */
function recentFall(values: readonly number[]): number {
  const recent = values.slice(-Math.max(3, Math.ceil(values.length / 3)));
  const { slope } = line(
    recent.map((_, i) => i),
    recent,
  );
  return -slope / Math.max(mean(recent), 1e-12);
}

/** An accuracy above 90 % is no underfitting, whatever the loss began with. */
function isAccurate(epochs: readonly EpochRecord[]): boolean {
  const metrics = epochs.at(-1)!.metrics;
  return (metrics.valAccuracy ?? metrics.accuracy ?? 0) > 0.9;
}

/** Rule 8: a straight, slow line in log-log. */
export const slow: Rule = ({ epochs, curves: { train }, options }) => {
  if (train.length < 5 || isAccurate(epochs) || train.some((value) => value <= 0)) return undefined;
  const total = 1 - train.at(-1)! / train[0]!;
  const fit = line(
    train.map((_, i) => Math.log(i + 1)),
    train.map(Math.log),
  );
  if (total < 0.02 || total > 0.3 || fit.r2 < 0.8 || recentFall(train) < 0.002) return undefined;
  return verdict(
    'slow',
    beyond(0.3 / total, 1),
    `learns slowly: the training loss fell by only ${n(100 * total)} % in ${train.length} epochs, and steadily`,
    { fall: total, slope: fit.slope, r2: fit.r2 },
    [scaled('learningRate', 'increase', options.learningRate, 10)],
  );
};

/** Rule 1: both losses high and flat, with a small gap. */
export const underfit: Rule = ({ epochs, curves: { train, validation, hasValidation }, chance, options }) => {
  const last = tail(train, 2);
  const gap = hasValidation ? Math.abs(tail(validation, 2) - last) : 0;
  const fall = recentFall(train);
  if (isAccurate(epochs) || last < 0.5 * chance || gap > 0.25 * last || fall > 0.01) return undefined;
  const { range } = cardOf('dropout');
  const least = range.kind === 'choice' ? 0 : range.min;
  const advice = [
    ...((options.dropout ?? 0) > least ? [dropoutStep('decrease', options.dropout!)] : []),
    cardAdvice('units', 'increase'),
    cardAdvice('l2', 'decrease'),
    cardAdvice('learningRate', 'increase'),
    cardAdvice('epochs', 'increase'),
  ];
  return verdict(
    'underfit',
    beyond(last / chance, 0.5),
    `underfits: the training loss stays at ${n(last)}, of ${n(chance)} without learning`,
    { loss: last, chance, gap, fall },
    advice,
  );
};

/** Rules 2 and 15: the best epoch is the last one and the loss still falls. */
export const undertrained: Rule = ({ watched, bestEpoch, epochs }) => {
  const fall = recentFall(watched);
  if (bestEpoch < watched.length - 1 || fall < 0.02) return undefined;
  const value = epochs.length * 2;
  return verdict(
    'undertrained',
    beyond(fall, 0.02),
    `still improving: the loss falls by ${n(100 * fall)} % an epoch and the last epoch is the best`,
    { fall, bestEpoch, epochs: epochs.length },
    [cardAdvice('epochs', 'increase', value)],
  );
};
