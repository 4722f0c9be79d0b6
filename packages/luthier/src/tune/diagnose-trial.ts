import { findCard, type ParamValue } from '@luthier/core';
import {
  type Advice,
  againstOverfittingOfLargeModel,
  type DiagnoseOptions,
  diagnose,
  type SizeWarning,
  sizeWarning,
  type TrialRecord,
  type Verdict,
} from '@luthier/search';
import { blockToEpochs } from './epoch-block.ts';

/** What a diagnosis looks at. */
export type Diagnosed = Pick<TrialRecord, 'reports' | 'params' | 'details'>;

/** A warning about the size of a model, with what to add. */
export interface AdvisedSizeWarning extends SizeWarning {
  /** Without what the verdict advises; empty where the run has too much regularization already. */
  readonly advice: readonly Advice[];
}

/** Runs that more regularization makes worse. */
const HELD_BACK: ReadonlySet<Verdict['verdict']> = new Set(['underfit', 'penaltyDominates', 'dying']);

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

/** What is known of the trial besides its curves: values in force that advice can start from, and its size. */
function optionsOf({ reports, params, details }: Diagnosed): DiagnoseOptions {
  const found = details as Readonly<Record<string, unknown>> | null | undefined;
  const [bestEpoch, parameters, samples] = ['bestEpoch', 'trainableParameters', 'samples'].map((name) =>
    numberOf(found?.[name]),
  );
  const learningRate = reports.metrics.learningRate?.at(-1);
  const dropouts = Object.entries(params)
    .filter(([name]) => name.toLowerCase().startsWith('dropout'))
    .map(([, value]) => numberOf(value) ?? 0);
  const valuesOf = (card: string): readonly ParamValue[] =>
    Object.entries(params).flatMap(([name, value]) => (findCard(name)?.name === card ? [value] : []));
  const l2 = numberOf(params.l2);
  const weightDecay = numberOf(valuesOf('weightDecay')[0]);
  const normalized = valuesOf('batchNormalization')[0];
  return {
    ...(bestEpoch === undefined ? {} : { bestEpoch }),
    ...(learningRate === undefined ? {} : { learningRate }),
    ...(dropouts.length === 0 ? {} : { dropout: Math.max(...dropouts) }),
    ...(l2 === undefined ? {} : { l2 }),
    ...(weightDecay === undefined ? {} : { weightDecay }),
    ...(normalized === undefined ? {} : { batchNormalization: normalized === true }),
    ...(parameters === undefined || samples === undefined ? {} : { size: { parameters, samples } }),
  };
}

/** The diagnosis of a trial's curves. */
export function diagnoseTrial(trial: Diagnosed): Verdict {
  return diagnose(blockToEpochs(trial.reports), optionsOf(trial));
}

/** The warning that a trial's model far outnumbers its training samples; of a study that did not keep the numbers, undefined. */
export function sizeWarningOf(
  trial: Diagnosed,
  { verdict, advice }: Verdict,
): AdvisedSizeWarning | undefined {
  const options = optionsOf(trial);
  const found = options.size === undefined ? undefined : sizeWarning(options.size);
  if (found === undefined) return undefined;
  const more = HELD_BACK.has(verdict) ? [] : againstOverfittingOfLargeModel(options);
  const said = new Set(advice.map(({ target }) => target));
  return { ...found, advice: more.filter(({ target }) => !said.has(target)) };
}
