import { mean } from '@luthier/core';
import { againstOverfitting, againstOverfittingOfLargeModel } from './against-overfitting.ts';
import { shortNumber as n } from './card-advice.ts';
import { tail } from './curve.ts';
import { beyond, type Rule, verdict } from './rule.ts';
import { sizeWarning } from './size-warning.ts';

/** Rule 4: a large gap from the first epoch that stays as it is. */
export const shift: Rule = ({ curves: { train, validation, hasValidation }, chance }) => {
  if (!hasValidation) return undefined;
  const gaps = validation.map((value, i) => value - train[i]!);
  const [first, last] = [gaps[0]!, tail(gaps, 2)];
  const spread = Math.max(...gaps) - Math.min(...gaps);
  if (first < 0.3 * chance || last < 0.3 * chance || spread > 0.35 * mean(gaps)) return undefined;
  return verdict(
    'shift',
    beyond(first, 0.3 * chance),
    `the gap between training and validation loss is ${n(first)} from the first epoch on`,
    { firstGap: first, lastGap: last },
    [
      { target: 'split', change: 'check', text: 'check that both sets come from the same source' },
      { target: 'data', change: 'increase', text: 'get more training data' },
    ],
  );
};

/** Rule 3: validation turns up while training falls, or the gap is large where the run stands. */
export const overfit: Rule = ({
  epochs,
  curves: { train, validation, hasValidation },
  options,
  bestEpoch,
  chance,
}) => {
  if (!hasValidation) return undefined;
  const kept = options.bestEpoch ?? epochs.length - 1;
  const [best, now] = [validation[bestEpoch]!, tail(validation, Math.min(2, validation.length - bestEpoch))];
  const rise = (now - best) / Math.max(best, 1e-12);
  const fell = train[bestEpoch]! - train.at(-1)!;
  const gap = validation.at(-1)! - train.at(-1)!;
  const bestGap = best - train[bestEpoch]!;
  const accuracy = epochs[kept]?.metrics;
  const accuracyGap = (accuracy?.accuracy ?? Number.NaN) - (accuracy?.valAccuracy ?? Number.NaN);
  const numbers = {
    gap,
    rise,
    bestEpoch,
    bestLoss: best,
    ...(Number.isNaN(accuracyGap) ? {} : { accuracyGap }),
  };
  const isLarge = options.size !== undefined && sizeWarning(options.size) !== undefined;
  const advice = isLarge ? againstOverfittingOfLargeModel(options) : againstOverfitting(options, bestEpoch);
  const isTurned = rise > 0.1 && fell > 0 && gap > bestGap && gap > 0.02 * chance;
  if (isTurned)
    return verdict(
      'overfit',
      beyond(rise, 0.1),
      `overfits: gap ${n(gap)}, validation loss up from ${n(best)} to ${n(now)} since epoch ${bestEpoch + 1} while training fell`,
      numbers,
      advice,
    );
  if (accuracyGap > 0.05)
    return verdict(
      'overfit',
      beyond(accuracyGap, 0.05),
      `overfits: gap ${n(accuracyGap)} in accuracy`,
      numbers,
      advice,
    );
  const isWide = gap > 0.25 * chance && train.at(-1)! < 0.5 * validation.at(-1)!;
  if (!isWide) return undefined;
  return verdict('overfit', beyond(gap, 0.25 * chance), `overfits: gap ${n(gap)} in loss`, numbers, advice);
};

/** Rule 5: validation better than training, both in evaluation mode. */
export const easyValidation: Rule = ({ epochs, curves: { train, validation, hasValidation } }) => {
  const isMeasured = epochs.every(({ telemetry }) => !Number.isNaN(telemetry.trainEvalLoss));
  if (!hasValidation || !isMeasured) return undefined;
  const [ours, theirs] = [tail(train, 3), tail(validation, 3)];
  if (theirs > 0.8 * ours) return undefined;
  return verdict(
    'easyValidation',
    beyond(ours / theirs, 1.25),
    `validation (${n(theirs)}) is easier than training (${n(ours)}), without dropout in either`,
    { train: ours, validation: theirs },
    [{ target: 'split', change: 'check', text: 'look for a leak, or for an easy validation set' }],
  );
};
