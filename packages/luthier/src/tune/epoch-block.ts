import type { EpochRecord, Telemetry } from '@luthier/core';
import type { ReportBlock } from '@luthier/search';

const TELEMETRY = [
  'dataLoss',
  'penalty',
  'trainEvalLoss',
  'lossVariance',
  'gradientNorm',
  'weightNorm',
  'deadUnits',
  'learningRate',
] as const satisfies readonly (keyof Telemetry)[];

const UPDATES = 'updates';

/**
 * Epochs as a block of the study log: step = epochs finished; telemetry and the count of optimizer updates are columns
 * beside the metrics. `seconds[i]` is the training time of the trial when epoch i ended.
 */
export function epochsToBlock(epochs: readonly EpochRecord[], seconds: readonly number[]): ReportBlock {
  const rows = epochs.map((epoch): Record<string, number> => {
    const row: Record<string, number> = { ...epoch.metrics, [UPDATES]: epoch.step };
    for (const name of TELEMETRY) {
      const value = epoch.telemetry[name];
      if (value !== undefined) row[name] = value;
    }
    return row;
  });
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  return {
    steps: epochs.map((epoch) => epoch.epoch + 1),
    seconds: [...seconds],
    metrics: Object.fromEntries(names.map((name) => [name, rows.map((row) => row[name] ?? Number.NaN)])),
  };
}

/** The epochs that a block was made of. */
export function blockToEpochs(block: ReportBlock): readonly EpochRecord[] {
  const telemetryNames = new Set<string>(TELEMETRY);
  return block.steps.map((step, row) => {
    const at = (name: string): number => block.metrics[name]?.[row] ?? Number.NaN;
    const metrics: Record<string, number> = {};
    for (const [name, column] of Object.entries(block.metrics)) {
      if (!telemetryNames.has(name) && name !== UPDATES) metrics[name] = column[row] ?? Number.NaN;
    }
    const telemetry: Telemetry = {
      dataLoss: at('dataLoss'),
      penalty: at('penalty'),
      trainEvalLoss: at('trainEvalLoss'),
      lossVariance: at('lossVariance'),
      gradientNorm: at('gradientNorm'),
      weightNorm: at('weightNorm'),
      ...(block.metrics.deadUnits === undefined ? {} : { deadUnits: at('deadUnits') }),
      learningRate: at('learningRate'),
    };
    return { epoch: step - 1, step: at(UPDATES), metrics, telemetry };
  });
}
