import { diagnose, type SizeWarning, sizeWarning, type TrialRecord, type Verdict } from '@luthier/search';
import { blockToEpochs } from './epoch-block.ts';

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

/** The diagnosis of a trial's curves, with the values in force that advice can start from. */
export function diagnoseTrial(trial: Pick<TrialRecord, 'reports' | 'params' | 'details'>): Verdict {
  const { reports, params } = trial;
  const details = trial.details as { readonly bestEpoch?: unknown } | null | undefined;
  const bestEpoch = numberOf(details?.bestEpoch);
  const learningRate = reports.metrics.learningRate?.at(-1);
  const dropouts = Object.entries(params)
    .filter(([name]) => name.toLowerCase().startsWith('dropout'))
    .map(([, value]) => numberOf(value) ?? 0);
  const l2 = numberOf(params.l2);
  return diagnose(blockToEpochs(reports), {
    ...(bestEpoch === undefined ? {} : { bestEpoch }),
    ...(learningRate === undefined ? {} : { learningRate }),
    ...(dropouts.length === 0 ? {} : { dropout: Math.max(...dropouts) }),
    ...(l2 === undefined ? {} : { l2 }),
  });
}

/** The warning that a trial's model far outnumbers its training samples; of a study that did not keep the numbers, undefined. */
export function sizeWarningOf({ details }: Pick<TrialRecord, 'details'>): SizeWarning | undefined {
  const found = details as
    | { readonly trainableParameters?: unknown; readonly samples?: unknown }
    | null
    | undefined;
  const [parameters, samples] = [numberOf(found?.trainableParameters), numberOf(found?.samples)];
  return parameters === undefined || samples === undefined ? undefined : sizeWarning({ parameters, samples });
}
