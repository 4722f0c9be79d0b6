import { cardOf, type EpochRecord, mean, type VerdictKind } from '@luthier/core';
import { againstOverfitting, againstOverfittingOfLargeModel } from './against-overfitting.ts';
import { cardAdvice, dropoutStep, shortNumber as n, scaled } from './card-advice.ts';
import { argmin, type Curves, curvesOf, line, roughness, tail, turns } from './curve.ts';
import { sizeWarning } from './size-warning.ts';
import type { Advice, DiagnoseOptions, Verdict } from './verdict.ts';

/** Everything a rule may look at. */
interface Case {
  readonly epochs: readonly EpochRecord[];
  readonly curves: Curves;
  readonly options: DiagnoseOptions;
  /** Validation loss, or the training loss when nothing was validated. */
  readonly watched: readonly number[];
  readonly bestEpoch: number;
  readonly chance: number;
}

type Rule = (run: Case) => Verdict | undefined;

/** 0.5 at the threshold, towards 1 at twice the threshold and beyond. */
function beyond(value: number, threshold: number): number {
  const ratio = value / threshold;
  return Math.min(0.99, Math.max(0.5, 1 - 0.5 * Math.exp(-2 * (ratio - 1))));
}

function verdict(
  kind: VerdictKind,
  confidence: number,
  finding: string,
  evidence: Readonly<Record<string, number>>,
  advice: readonly Advice[],
): Verdict {
  const first = advice[0];
  return { verdict: kind, confidence, evidence, advice, text: first ? `${finding}; ${first.text}` : finding };
}

function defaultOf(target: string): number {
  return Number(cardOf(target).default);
}

/** Rule 6: NaN, Infinity, or a loss above its start. */
const diverged: Rule = ({ epochs, curves, options, chance }) => {
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
const penaltyDominates: Rule = ({ epochs, options }) => {
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
const dying: Rule = ({ epochs, curves, chance }) => {
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

const unclear: Rule = ({ epochs }) =>
  epochs.length >= 3
    ? undefined
    : verdict('unclear', 0.5, `not enough data: ${epochs.length} epochs`, { epochs: epochs.length }, [
        cardAdvice('epochs', 'increase', fewestEpochs()),
      ]);

/** Rule 7: a saw-tooth. */
const noisy: Rule = ({ watched, options }) => {
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

/** Rule 4: a large gap from the first epoch that stays as it is. */
const shift: Rule = ({ curves: { train, validation, hasValidation }, chance }) => {
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
const overfit: Rule = ({
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
const slow: Rule = ({ epochs, curves: { train }, options }) => {
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
const underfit: Rule = ({ epochs, curves: { train, validation, hasValidation }, chance, options }) => {
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
const undertrained: Rule = ({ watched, bestEpoch, epochs }) => {
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

/** Rule 5: validation better than training, both in evaluation mode. */
const easyValidation: Rule = ({ epochs, curves: { train, validation, hasValidation } }) => {
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

const RULES: readonly Rule[] = [
  diverged,
  penaltyDominates,
  dying,
  unclear,
  noisy,
  shift,
  overfit,
  slow,
  underfit,
  easyValidation,
  undertrained,
];

/**
 * Says in one line what the curves of a training run mean, with numbers and an advice.
 *
 * The first rule that fires wins: diverged, penalty larger than the data loss, dead units or vanished weights, fewer than 3
 * epochs, saw-tooth (jumps of 12 %), constant gap from the start (0.3 of the loss without learning), overfitting
 * (validation loss 10 % above its best while training falls, an accuracy gap above 0.05, or a loss gap above a quarter
 * of the loss without learning), slow, underfitting (above half of it, flat, small gap), easy validation set, still
 * improving (2 % an epoch); else good. An overfitting model of `size` far above its samples is advised dropout, weight
 * decay and batch normalization. Loss without learning: `chanceLoss`, or that of the first epoch.
 *
 * @example
 * diagnose(history.epochs, { dropout: 0.2 }).text // 'overfits: gap 0.11 in accuracy; try dropout 0.3'
 */
export function diagnose(epochs: readonly EpochRecord[], options: DiagnoseOptions = {}): Verdict {
  if (epochs.length === 0)
    return verdict('unclear', 0.5, 'not enough data: no epoch was finished', { epochs: 0 }, []);
  const curves = curvesOf(epochs);
  const watched = curves.hasValidation ? curves.validation : curves.train;
  const firsts = [curves.train[0]!, curves.validation[0]!, epochs[0]!.metrics.loss ?? Number.NaN];
  const chance = options.chanceLoss ?? Math.max(...firsts.filter((value) => Number.isFinite(value)), 1e-12);
  const run: Case = { epochs, curves, options, watched, bestEpoch: argmin(watched), chance };
  for (const rule of RULES) {
    const found = rule(run);
    if (found) return found;
  }
  const loss = watched[run.bestEpoch]!;
  const gap = curves.hasValidation ? loss - curves.train[run.bestEpoch]! : Number.NaN;
  const gapText = Number.isNaN(gap) ? '' : `, gap ${n(gap)}`;
  return verdict(
    'good',
    0.8,
    `good fit: best loss ${n(loss)} at epoch ${run.bestEpoch + 1}${gapText}`,
    { loss, gap, bestEpoch: run.bestEpoch },
    [],
  );
}
