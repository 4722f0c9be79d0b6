import { type Model, type Samples, sampleCount } from '@luthier/nn';
import type { TrialResult } from '../runners/protocol.ts';
import type { TrialPort } from '../runners/runner.ts';
import type { FitSettings } from './define-tuning.ts';

/** Calls that warm up: the graph was just compiled. */
const WARM_UP = 2;

/** Trains for some seconds, and tells what an epoch takes, validation included. */
export async function paceTrial(
  model: Model,
  parts: { readonly train: Samples; readonly validation?: Samples },
  settings: FitSettings,
  seconds: number,
  port: TrialPort,
): Promise<TrialResult> {
  const { train, validation } = parts;
  const stop = new AbortController();
  port.signal.addEventListener('abort', () => stop.abort(), { once: true });
  const begun = performance.now();
  let calls = 0;
  let from: { readonly at: number; readonly steps: number } | undefined;
  let until = { at: begun, steps: 0 };
  await model.fit(train, {
    epochs: settings.epochs,
    batchSize: settings.batchSize,
    signal: stop.signal,
    onCall: ({ step }) => {
      calls += 1;
      const now = { at: performance.now(), steps: step };
      if (calls <= WARM_UP) from = now;
      until = now;
      if (now.at - begun >= seconds * 1000) stop.abort();
    },
  });
  const first = from !== undefined && from.steps < until.steps ? from : { at: begun, steps: 0 };
  const stepsPerEpoch = Math.ceil(sampleCount(train) / settings.batchSize);
  const training = ((until.at - first.at) / 1000 / Math.max(1, until.steps - first.steps)) * stepsPerEpoch;
  const evaluated = performance.now();
  if (validation !== undefined) await model.evaluate(validation);
  const evaluation = validation === undefined ? 0 : (performance.now() - evaluated) / 1000;
  return { outcome: 'complete', details: { secondsPerEpoch: training + evaluation } };
}
