import type { EpochRecord } from '@luthier/core';
import { diverged, dying, noisy, penaltyDominates, unclear } from './broken-run-rules.ts';
import { shortNumber as n } from './card-advice.ts';
import { argmin, curvesOf } from './curve.ts';
import { slow, underfit, undertrained } from './fitting-rules.ts';
import { easyValidation, overfit, shift } from './generalization-rules.ts';
import { type Case, type Rule, verdict } from './rule.ts';
import type { DiagnoseOptions, Verdict } from './verdict.ts';

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
