import { createStudy, float, maximize, memoryLog, random, type Scheduler, space } from '@luthier/search';
import { expect, test } from 'vitest';
import { createInProcessRunner } from '../runners/in-process.ts';
import { openStore } from '../stores/open-store.ts';
import { runTrials } from './run-trials.ts';

/** Stops every trial at step 2. */
const atStepTwo: Scheduler = {
  name: 'atStepTwo',
  spec: { name: 'atStepTwo' },
  decide: (history, trial) =>
    (history.trials[trial]?.reports.steps.at(-1) ?? 0) >= 2
      ? { action: 'stop', text: 'enough' }
      : { action: 'continue', text: '' },
};

/** One trial that makes so many steps whatever it is told, then completes. */
async function outcomeAfter(steps: number) {
  const store = await openStore('memory:');
  const study = await createStudy({
    log: memoryLog(),
    name: 'test',
    space: space({ x: float(0, 1) }),
    objectives: [maximize('score')],
    sampler: random(),
    scheduler: atStepTwo,
    budget: { trials: 1 },
  });
  const pool = createInProcessRunner({
    run: async (_job, port) => {
      for (let step = 1; step <= steps; step++) {
        port.send({
          type: 'reported',
          block: { steps: [step], seconds: [step], metrics: { score: [step] } },
        });
        await new Promise((resolve) => setImmediate(resolve));
      }
      port.send({ type: 'artifact', name: 'model.onnx', blob: 'a'.repeat(64), bytes: 1 });
      return { outcome: 'complete', values: [steps] };
    },
  });
  await runTrials({
    study,
    name: 'test',
    store,
    pool,
    file: 'none',
    drain: new AbortController().signal,
    next: async () => {
      const asked = await study.ask();
      return asked.kind === 'trial'
        ? { trial: asked.trial.number, params: asked.trial.params, seed: asked.trial.seed }
        : undefined;
    },
    onHistory: () => {},
  });
  await pool.drain();
  await store.close();
  return study.history.trials[0];
}

test('a trial that ends by itself at the rung where it is judged keeps its result', async () => {
  expect(await outcomeAfter(2)).toMatchObject({
    state: 'complete',
    values: [2],
    artifacts: { 'model.onnx': { bytes: 1 } },
  });
});

test('a trial that goes on beyond the rung is pruned there, whatever it still says', async () => {
  const trial = await outcomeAfter(5);
  expect(trial).toMatchObject({ state: 'pruned', message: 'enough' });
  expect(trial?.reports.steps).toEqual([1, 2]);
  expect(trial?.values).toBeUndefined();
  expect(trial?.artifacts).toEqual({});
});
