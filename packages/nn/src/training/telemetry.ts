import { generator, randomKey, type Telemetry } from '@luthier/core';
import type { NamedArrays } from './callback.ts';
import { borrowBatchProgram, evaluateTables, knobFeeds, weightFeeds } from './evaluation.ts';
import { probeGraph } from './probe-graphs.ts';
import type { EpochSums } from './sums.ts';
import { sliceRows, type Table, takeRows, toRuntime } from './tables.ts';
import type { Task } from './task.ts';
import { names } from './train-graph.ts';

/** Share of the training data that is looked at in evaluation mode after each epoch. */
const SAMPLE_SHARE = 0.02;
/** Fewer rows than this say nothing; more than the other add nothing. */
const SAMPLE_ROWS = { min: 32, max: 1000 } as const;
/** Rows of the batch whose gradient is taken. */
const PROBE_ROWS = 128;

/** A fixed sample of the training data. */
export interface TelemetrySample {
  readonly x: Table;
  readonly y: Table;
}

/** Draws the sample of a run: a pure function of seed and number of rows. */
export function drawSample(seed: number, x: Table, y: Table): TelemetrySample {
  const wanted = Math.max(SAMPLE_ROWS.min, Math.min(SAMPLE_ROWS.max, Math.floor(x.rows * SAMPLE_SHARE)));
  const count = Math.min(x.rows, wanted);
  const random = generator(randomKey(seed, 'telemetry'));
  const chosen = new Set<number>();
  while (chosen.size < count) chosen.add(random.integer(x.rows));
  const rows = [...chosen].sort((a, b) => a - b);
  return { x: takeRows(x, rows), y: takeRows(y, rows) };
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
  sample: TelemetrySample,
): Promise<Telemetry> {
  const { loss, penalty } = await evaluateTables(task, weights, knobs, sample.x, sample.y);
  const rows = Math.min(PROBE_ROWS, sample.x.rows);
  const program = await borrowBatchProgram('probe', task, rows, probeGraph);
  try {
    const results = await program.run(
      {
        ...weightFeeds(task, weights),
        ...knobFeeds(program.description.knobs, knobs),
        [names.x]: toRuntime(sliceRows(sample.x, 0, rows)),
        [names.y]: toRuntime(sliceRows(sample.y, 0, rows)),
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
