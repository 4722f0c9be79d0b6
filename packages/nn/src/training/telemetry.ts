import { generator, randomKey, type Telemetry } from '@luthier/core';
import type { NamedArrays } from './callback.ts';
import { borrowBatchProgram, dataFeeds, evaluateTables, knobFeeds, weightFeeds } from './evaluation.ts';
import { probeGraph } from './probe-graphs.ts';
import type { EpochSums } from './sums.ts';
import { type DataTables, mapData, sliceData, takeRows } from './tables.ts';
import type { Task } from './task.ts';

/** Share of the training data that is looked at in evaluation mode after each epoch. */
const SAMPLE_SHARE = 0.02;
/** Fewer rows than this say nothing; more than the other add nothing. */
const SAMPLE_ROWS = { min: 32, max: 1000 } as const;
/** Rows of the batch whose gradient is taken. */
const PROBE_ROWS = 128;

/** Draws a fixed sample of the training data of a run: a pure function of seed and number of rows. */
export function drawSample(seed: number, data: DataTables): DataTables {
  const total = data.xs[0]!.rows;
  const wanted = Math.max(SAMPLE_ROWS.min, Math.min(SAMPLE_ROWS.max, Math.floor(total * SAMPLE_SHARE)));
  const count = Math.min(total, wanted);
  const random = generator(randomKey(seed, 'telemetry'));
  const chosen = new Set<number>();
  while (chosen.size < count) chosen.add(random.integer(total));
  const rows = [...chosen].sort((a, b) => a - b);
  return mapData(data, (table) => takeRows(table, rows));
}

/**
 * Measures a model at the end of an epoch: the loss of the sample in evaluation mode (with penalty, like `valLoss`),
 * gradient and weight norms and dead units on its first rows.
 */
export async function measure(
  task: Task,
  weights: NamedArrays,
  knobs: Readonly<Record<string, number>>,
  sums: EpochSums,
  sample: DataTables,
): Promise<Telemetry> {
  const { loss, penalty } = await evaluateTables(task, weights, knobs, sample);
  const rows = Math.min(PROBE_ROWS, sample.xs[0]!.rows);
  const program = await borrowBatchProgram('probe', task, rows, probeGraph);
  try {
    const results = await program.run(
      {
        ...weightFeeds(task, weights),
        ...knobFeeds(program.description.knobs, knobs),
        ...dataFeeds(sliceData(sample, 0, rows)),
      },
      program.description.outputs,
    );
    const value = (name: string): number => Number(results[name]?.data[0]);
    return {
      dataLoss: sums.dataLoss / sums.samples,
      penalty,
      trainEvalLoss: loss,
      lossVariance: sums.steps > 1 ? sums.stepSquares / (sums.steps - 1) : 0,
      gradientNorm: value('gradientNorm'),
      weightNorm: value('weightNorm'),
      ...(program.description.outputs.includes('deadUnits') ? { deadUnits: value('deadUnits') } : {}),
      learningRate: knobs.learningRate!,
    };
  } finally {
    program.giveBack();
  }
}
