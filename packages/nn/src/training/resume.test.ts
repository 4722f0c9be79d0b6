import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generator, randomKey, type TrainingHistory } from '@luthier/core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { CallbackFactory, NamedArrays } from './callback.ts';
import type { FitOptions } from './fit-options.ts';
import { createModel, data, fitOptions } from './fixtures/resumable-run.ts';
import type { CheckpointInfo } from './run.ts';

interface Outcome {
  readonly digest: string;
  readonly history: TrainingHistory;
  /** Every checkpoint of the run. */
  readonly saved: readonly { readonly bytes: Uint8Array; readonly info: CheckpointInfo }[];
}

function digestOf(weights: NamedArrays, last: Uint8Array, history: TrainingHistory): string {
  const hash = createHash('sha256');
  for (const [name, array] of Object.entries(weights)) hash.update(name).update(new Uint8Array(array.buffer));
  return hash.update(last).update(JSON.stringify(history)).digest('hex');
}

/** Trains to the end; the digest covers weights, history, and the last checkpoint with its optimizer states. */
async function run(options: FitOptions = {}): Promise<Outcome> {
  const saved: { bytes: Uint8Array; info: CheckpointInfo }[] = [];
  const model = createModel();
  const history = await model.fit(data, {
    ...fitOptions,
    ...options,
    checkpoint: { everyMs: 0, save: (bytes, info) => void saved.push({ bytes, info }) },
  });
  return { digest: digestOf(model.getWeights(), saved.at(-1)!.bytes, history), history, saved };
}

describe('a run', () => {
  let undisturbed: Outcome;
  beforeAll(async () => {
    undisturbed = await run();
  });

  it('repeats bit by bit with the same seed, and differs with another', async () => {
    expect((await run()).digest).toBe(undisturbed.digest);
    expect((await run({ seed: 8 })).digest).not.toBe(undisturbed.digest);
    expect((await run({ seed: 0 })).digest).not.toBe((await run({ seed: 1 })).digest);
  });

  it('goes on from any of its checkpoints to the same weights, optimizer states and history', async () => {
    const { saved, digest } = undisturbed;
    expect(saved.some(({ info }) => info.step % 17 !== 0)).toBe(true);
    for (const { bytes } of saved) expect((await run({ resume: bytes })).digest).toBe(digest);
  });

  it('does not depend on how many steps a call makes', async () => {
    // A clock on which every call takes seconds keeps calls at one step each.
    let clock = 0;
    const slow = vi.spyOn(performance, 'now').mockImplementation(() => {
      clock += 5000;
      return clock;
    });
    let calls = 0;
    try {
      const single = await run({
        onCall: () => {
          calls += 1;
        },
      });
      expect(single.digest).toBe(undisturbed.digest);
      expect(calls).toBe(single.history.epochs.at(-1)!.step);
    } finally {
      slow.mockRestore();
    }
  });

  it('keeps scalars that a callback moved when it goes on', async () => {
    const decay: CallbackFactory = {
      name: 'decay',
      create: () => ({
        onEpochEnd: (_record, control) =>
          control.setKnob('learningRate', control.knobs().learningRate! * 0.5),
      }),
    };
    const straight = await run({ callbacks: [decay] });
    const rates = straight.history.epochs.map(({ telemetry }) => telemetry.learningRate);
    expect(rates.slice(0, 3)).toEqual([0.01, 0.005, 0.0025]);
    const { bytes } = straight.saved[Math.floor(straight.saved.length / 2)]!;
    expect((await run({ callbacks: [decay], resume: bytes })).digest).toBe(straight.digest);
  });

  it('stops at the next call when the signal says so, and goes on as if it had not', async () => {
    const controller = new AbortController();
    const stopped = await run({
      signal: controller.signal,
      onCall: ({ step }) => step > 25 && controller.abort(),
    });
    expect(stopped.history.stopReason).toBe('stopped');
    expect(stopped.saved.at(-1)!.info.stopReason).toBe('stopped');
    expect((await run({ resume: stopped.saved.at(-1)!.bytes })).digest).toBe(undisturbed.digest);
  });

  it('is prolonged from its last checkpoint as if it had been longer from the start', async () => {
    const short = await run({ epochs: 2 });
    expect(short.history.epochs).toHaveLength(2);
    expect((await run({ resume: short.saved.at(-1)!.bytes })).digest).toBe(undisturbed.digest);
  });

  it('refuses a checkpoint of another model, or of other data in the middle of an epoch', async () => {
    const middle = undisturbed.saved.find(({ info }) => info.step % 17 !== 0)!.bytes;
    await expect(run({ resume: middle, batchSize: 8 })).rejects.toMatchObject({
      code: 'LU_CHECKPOINT_MISMATCH',
    });
    const damaged = middle.slice();
    damaged[damaged.length - 3]! ^= 1;
    await expect(run({ resume: damaged })).rejects.toMatchObject({ code: 'LU_CHECKPOINT_DAMAGED' });
  });
});

describe('a process killed by SIGKILL', () => {
  const folder = mkdtempSync(join(tmpdir(), 'luthier-resume-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const program = join(import.meta.dirname, 'fixtures', 'resumable-run.ts');
  const random = generator(randomKey(3, 'kill'));

  it.each([2, 3, 4].map((least) => least + random.integer(12)))(
    'in call %i leaves a checkpoint from which another process ends where the undisturbed run does',
    async (killAt) => {
      const file = join(folder, `killed-${killAt}`);
      const killed = spawnSync(process.execPath, [program, file, String(killAt)], { timeout: 50_000 });
      expect(killed.signal).toBe('SIGKILL');
      expect(existsSync(file)).toBe(true);
      const resumed = await run({ resume: readFileSync(file) });
      expect(resumed.digest).toBe((await run()).digest);
    },
  );
});
