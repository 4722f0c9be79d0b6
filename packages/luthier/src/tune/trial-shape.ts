import { type Json, LuthierError } from '@luthier/core';
import type { Folds } from '@luthier/nn';
import type { History } from '@luthier/search';
import type { TrialJob } from '../runners/protocol.ts';
import type { TuneOptions } from './contract.ts';
import type { TuningDefinition } from './define-tuning.ts';

/** How many trainings a trial makes, and on what. */
export interface TrialShape {
  /** Absent when the validation part decides. */
  readonly folds?: number | Folds;
  readonly repeats: number;
}

/** What options and tuning file ask for. */
export function trialShape(
  options: Pick<TuneOptions, 'folds' | 'repeats'>,
  definition: Pick<TuningDefinition, 'folds' | 'repeats'>,
): TrialShape {
  const folds = options.folds ?? definition.folds;
  return { ...(folds === undefined ? {} : { folds }), repeats: options.repeats ?? definition.repeats ?? 1 };
}

/** Whether a trial makes more than one training, so that no single model stands for it. */
export function hasSeveralRuns({ folds, repeats }: TrialShape): boolean {
  return folds !== undefined || repeats > 1;
}

function shown(folds: number | Folds | undefined): number | string | undefined {
  return typeof folds === 'object' ? folds.kind : folds;
}

/** The shape as the log keeps it. */
export function shapeMeta(shape: TrialShape): { readonly [name: string]: Json } {
  const folds = shown(shape.folds);
  return {
    ...(folds === undefined ? {} : { folds }),
    ...(shape.repeats === 1 ? {} : { repeats: shape.repeats }),
  };
}

/** The shape of an existing study; throws LU_STUDY_FOLDS when another one is asked for, as scores would not compare. */
export function checkShape(
  history: History,
  options: Pick<TuneOptions, 'folds' | 'repeats'>,
  wanted: TrialShape,
  study: string,
): TrialShape {
  const meta = (history.meta ?? {}) as { readonly folds?: number | string; readonly repeats?: number };
  const repeats = options.repeats ?? meta.repeats ?? 1;
  const folds = options.folds === undefined && typeof meta.folds === 'number' ? meta.folds : wanted.folds;
  const shape: TrialShape = { ...(folds === undefined ? {} : { folds }), repeats };
  if (shown(folds) === meta.folds && repeats === (meta.repeats ?? 1)) return shape;
  const words = (count: number | string | undefined, seeds: number): string =>
    `${count === undefined ? 'no folds' : `folds ${count}`} and ${seeds === 1 ? 'one seed' : `${seeds} seeds`}`;
  throw new LuthierError(
    'LU_STUDY_FOLDS',
    `study '${study}' scores its trials over ${words(meta.folds, meta.repeats ?? 1)}, not ${words(shown(folds), repeats)}`,
    {
      where: options.folds === undefined && options.repeats === undefined ? 'folds' : '--folds, --repeats',
      fix: 'Leave --folds and --repeats out to go on with it, or give the search its own study with --study NAME.',
    },
  );
}

/** The part of a job that says how many trainings it makes. */
export function shapeOfJob({ folds, repeats }: TrialShape): Pick<TrialJob, 'folds' | 'repeats'> {
  return { ...(typeof folds === 'number' ? { folds } : {}), repeats };
}
