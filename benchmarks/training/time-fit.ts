import type { Model, Samples } from '@luthier/nn';
import type { Round } from './contender.ts';

/**
 * Time a step of `fit` from the first answer of the runtime, so without compiling, to the last; `processorMs` tells the
 * processor time that the process has used.
 */
export async function timeFit(
  model: Model,
  samples: Samples,
  { batch, steps }: { readonly batch: number; readonly steps: number },
  processorMs: () => number = () => Number.NaN,
): Promise<Required<Round>> {
  const end = new AbortController();
  const seen: { readonly step: number; readonly at: number; readonly cpu: number }[] = [];
  await model.fit(samples, {
    batchSize: batch,
    epochs: 100,
    signal: end.signal,
    onCall: ({ step }) => {
      seen.push({ step, at: performance.now(), cpu: processorMs() });
      if (step - seen[0]!.step >= steps) end.abort();
    },
  });
  const first = seen[0]!;
  const last = seen.at(-1)!;
  const made = last.step - first.step;
  return { ms: (last.at - first.at) / made, cpu: (last.cpu - first.cpu) / made };
}
