import type { EpochRecord, VerdictKind } from '@luthier/core';
import type { Curves } from './curve.ts';
import type { Advice, DiagnoseOptions, Verdict } from './verdict.ts';

/** Everything a rule may look at. */
export interface Case {
  readonly epochs: readonly EpochRecord[];
  readonly curves: Curves;
  readonly options: DiagnoseOptions;
  /** Validation loss, or the training loss when nothing was validated. */
  readonly watched: readonly number[];
  readonly bestEpoch: number;
  readonly chance: number;
}

/** Gives a verdict when it fires. */
export type Rule = (run: Case) => Verdict | undefined;

/** 0.5 at the threshold, towards 1 at twice the threshold and beyond. */
export function beyond(value: number, threshold: number): number {
  const ratio = value / threshold;
  return Math.min(0.99, Math.max(0.5, 1 - 0.5 * Math.exp(-2 * (ratio - 1))));
}

/** A verdict whose text is the finding with the first advice. */
export function verdict(
  kind: VerdictKind,
  confidence: number,
  finding: string,
  evidence: Readonly<Record<string, number>>,
  advice: readonly Advice[],
): Verdict {
  const first = advice[0];
  return { verdict: kind, confidence, evidence, advice, text: first ? `${finding}; ${first.text}` : finding };
}
