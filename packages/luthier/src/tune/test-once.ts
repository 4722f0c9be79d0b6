import type { Dataset, Model } from '@luthier/nn';
import type { History, Study } from '@luthier/search';
import type { TuningReport } from './contract.ts';

/** What a use of the test data left in the log. */
interface TestNote {
  readonly kind: 'test';
  readonly blob: string;
  readonly metric: string;
  readonly value: number;
  readonly samples: number;
}

function isTestNote(data: unknown): data is TestNote {
  return typeof data === 'object' && data !== null && (data as { kind?: unknown }).kind === 'test';
}

/** All uses of the test data so far. */
export function testUses(history: History): readonly TestNote[] {
  return history.notes.map((note) => note.data as unknown).filter(isTestNote);
}

function result({ metric, value, samples }: TestNote, uses: number): TuningReport['test'] {
  return { metric, value, samples, uses };
}

/**
 * Scores an exported model on the test data, once: the result is written into the log, and asking again for the same model reads
 * it there. Another model is scored too, and the log shows that the test data were used again.
 */
export async function testOnce(
  study: Study,
  dataset: Dataset,
  model: Model,
  file: { readonly blob: string; readonly bytes: Uint8Array },
): Promise<TuningReport['test']> {
  const before = testUses(study.history);
  const known = before.find((use) => use.blob === file.blob);
  if (known !== undefined) return result(known, before.length);
  if (dataset.test === undefined) return undefined;
  const metrics = await model.evaluateOnnx(file.bytes, dataset.test);
  const metric = metrics.accuracy === undefined ? 'loss' : 'accuracy';
  const value = metrics[metric] ?? Number.NaN;
  const samples = dataset.test.x.shape[0] ?? 0;
  const use: TestNote = { kind: 'test', blob: file.blob, metric, value, samples };
  await study.note(`test data used (${before.length + 1}): ${metric} ${value}`, {
    data: { ...use },
  });
  return result(use, before.length + 1);
}
