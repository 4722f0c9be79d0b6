import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeJson, type EpochRecord } from '@luthier/core';
import { describe, expect, it } from 'vitest';
import { layers } from '../layers/layers.ts';
import { optimizers } from '../optimizers/optimizers.ts';
import { rateAt, schedules } from '../schedules/schedules.ts';
import type { Callback, CallbackFactory, RunInfo, TrainingControl } from './callback.ts';
import { callbacks } from './callbacks.ts';
import type { FitOptions } from './fit-options.ts';
import { blobs } from './fixtures/blobs.ts';
import type { Model } from './model.ts';
import type { ReduceLROnPlateauOptions } from './reduce-lr-on-plateau.ts';
import { sequential } from './sequential.ts';

const info: RunInfo = {
  monitors: ['loss', 'valLoss', 'valAccuracy'],
  epochs: 100,
  direction: (name) => (name.endsWith('oss') ? 'min' : 'max'),
};

interface Played {
  readonly rates: readonly number[];
  readonly saved: readonly number[];
  readonly stops: readonly string[];
}

/** Feeds scripted values of one metric from rate 0.1; after an epoch the state may go through JSON into a fresh callback. */
async function play(
  factory: CallbackFactory,
  monitor: string,
  values: readonly number[],
  resumeAfter?: number,
): Promise<Played> {
  let callback: Callback = factory.create(info);
  let learningRate = 0.1;
  const rates: number[] = [];
  const saved: number[] = [];
  const stops: string[] = [];
  const control: TrainingControl = {
    stop: (reason = 'stopped') => void stops.push(reason),
    weights: () => ({}),
    restoreWeights: () => {},
    knobs: () => ({ learningRate }),
    setKnob: (_name, value) => {
      learningRate = value;
    },
    toOnnx: () => {
      saved.push(rates.length);
      return new Uint8Array();
    },
  };
  for (const [epoch, value] of values.entries()) {
    await callback.onEpochBegin?.(epoch, control);
    const record = { epoch, metrics: { [monitor]: value } } as unknown as EpochRecord;
    await callback.onEpochEnd?.(record, control);
    rates.push(learningRate);
    if (epoch === resumeAfter) {
      const state = callback.state!();
      callback = factory.create(info);
      callback.restoreState!(structuredClone(state));
    }
  }
  return { rates, saved, stops };
}

const plateau = async (
  options: ReduceLROnPlateauOptions,
  values: readonly number[],
  resumeAfter?: number,
): Promise<readonly number[]> => {
  const monitor = options.monitor ?? 'valLoss';
  return (await play(callbacks.reduceLROnPlateau(options), monitor, values, resumeAfter)).rates;
};

function close(found: readonly number[], expected: readonly number[]): void {
  expect(found.length).toBe(expected.length);
  found.forEach((value, i) => {
    expect(value / expected[i]!).toBeCloseTo(1, 12);
  });
}

describe('reduceLROnPlateau on scripted losses', () => {
  const flat = new Array<number>(8).fill(1);

  it('lowers the rate where Keras does', async () => {
    close(await plateau({ patience: 2 }, flat), [0.1, 0.1, 0.01, 0.01, 1e-3, 1e-3, 1e-4, 1e-4]);
  });

  it('waits out the cooldown as Keras does', async () => {
    const expected = [0.1, 0.1, 0.01, 0.01, 0.01, 1e-3, 1e-3, 1e-3];
    close(await plateau({ patience: 2, cooldown: 2 }, flat), expected);
  });

  it('never goes below minLr', async () => {
    const expected = [0.1, 0.05, 0.03, 0.03, 0.03, 0.03, 0.03, 0.03];
    close(await plateau({ patience: 1, factor: 0.5, minLr: 0.03 }, flat), expected);
  });

  it('takes changes up to minDelta and NaN for no improvement', async () => {
    close(await plateau({ patience: 2 }, [1, 0.99995, 0.9999, 0.5]), [0.1, 0.1, 0.01, 0.01]);
    close(await plateau({ patience: 2 }, [1, Number.NaN, Number.NaN]), [0.1, 0.1, 0.01]);
  });

  it('watches accuracy upwards', async () => {
    const rates = await plateau({ monitor: 'valAccuracy', patience: 1 }, [0.1, 0.2, 0.15, 0.3]);
    close(rates, [0.1, 0.1, 0.01, 0.01]);
  });

  it.each([0, 1, 2, 3, 4, 5, 6])('goes on exactly from its saved state after epoch %i', async (at) => {
    const options = { patience: 2, cooldown: 2 };
    expect(await plateau(options, flat, at)).toEqual(await plateau(options, flat));
  });

  it('refuses a factor of 1, unknown metrics and runs with a schedule', () => {
    expect(() => callbacks.reduceLROnPlateau({ factor: 1 })).toThrow(/factor is 1, outside \(0, 1\)/);
    expect(() => callbacks.reduceLROnPlateau({ minLR: 1 } as object)).toThrow(/did you mean 'minLr'/);
    expect(() => callbacks.reduceLROnPlateau({ monitor: 'valLos' }).create(info)).toThrow(
      /did you mean 'valLoss'/,
    );
    expect(() => callbacks.reduceLROnPlateau().create({ ...info, isScheduled: true })).toThrow(
      /schedule gives/,
    );
  });
});

describe('modelCheckpoint', () => {
  const values = [1, 0.9, 0.95, Number.NaN, 0.9, 0.5];

  it('saves each epoch that is the best so far, also after going on from a saved state', async () => {
    for (const resumeAfter of [undefined, 0, 2, 4]) {
      const epochs: number[] = [];
      const factory = callbacks.modelCheckpoint({ save: (_onnx, { epoch }) => void epochs.push(epoch) });
      await play(factory, 'valLoss', values, resumeAfter);
      expect(epochs).toEqual([0, 1, 5]);
    }
  });

  it('saves only what beats the threshold', async () => {
    const epochs: number[] = [];
    const save = (_onnx: Uint8Array, { epoch }: { readonly epoch: number }): void => void epochs.push(epoch);
    await play(callbacks.modelCheckpoint({ save, initialValueThreshold: 0.92 }), 'valLoss', values);
    expect(epochs).toEqual([1, 5]);
  });

  it('saves every epoch, or every second one, on demand, also when nothing is validated', async () => {
    for (const [options, expected] of [
      [{ saveBestOnly: false }, [0, 1, 2, 3, 4, 5]],
      [{ saveBestOnly: false, epochFrequency: 2 }, [1, 3, 5]],
    ] as const) {
      const epochs: number[] = [];
      const save = (_onnx: Uint8Array, { epoch }: { readonly epoch: number }): void =>
        void epochs.push(epoch);
      await play(callbacks.modelCheckpoint({ save, ...options }), 'valLoss', values);
      expect(epochs).toEqual(expected);
    }
    const monitors: string[] = [];
    const watch = callbacks.modelCheckpoint({
      saveBestOnly: false,
      save: (_onnx, { monitor }) => void monitors.push(monitor),
    });
    await create().fit(data, { callbacks: [watch] });
    expect(monitors).toEqual(['loss']);
    expect(() => callbacks.modelCheckpoint({ save: () => {}, epochFrequency: 2 })).toThrow(
      /needs saveBestOnly/,
    );
  });

  it('refuses to have nowhere to save', () => {
    expect(() => callbacks.modelCheckpoint({} as never)).toThrow(/no function save/);
  });
});

describe('a callback factory', () => {
  const values = [1, 0.9, 0.95, 0.97, 0.9, 0.99];

  it.each([
    ['reduceLROnPlateau', () => callbacks.reduceLROnPlateau({ patience: 1, cooldown: 1 })],
    ['modelCheckpoint', () => callbacks.modelCheckpoint({ save: () => {} })],
    ['learningRateScheduler', () => callbacks.learningRateScheduler((epoch, rate) => rate / (epoch + 1))],
  ] as const)('%s begins anew in every run', async (_name, create) => {
    const factory = create();
    const first = await play(factory, 'valLoss', values);
    expect(first.rates.some((rate) => rate < 0.1) || first.saved.length > 0).toBe(true);
    expect(await play(factory, 'valLoss', values)).toEqual(first);
  });
});

describe('terminateOnNaN', () => {
  it('ends a run whose validation loss is not finite', async () => {
    const factory = callbacks.terminateOnNaN();
    expect((await play(factory, 'valLoss', [1, Number.POSITIVE_INFINITY])).stops).toEqual(['diverged']);
    expect((await play(factory, 'valAccuracy', [Number.NaN])).stops).toEqual([]);
  });

  it('throws instead with raiseError', async () => {
    const factory = callbacks.terminateOnNaN({ raiseError: true });
    await expect(play(factory, 'loss', [1, Number.NaN])).rejects.toMatchObject({ code: 'LU_TRAIN_DIVERGED' });
  });
});

const data = blobs(96, 6, 3, 2);

function fit(model: Model, options: FitOptions): ReturnType<Model['fit']> {
  return model.fit(data, { epochs: 4, batchSize: 16, validationSplit: 0.25, seed: 5, ...options });
}

function create(optimizer = optimizers.sgd({ learningRate: 0.05, momentum: 0.5 })): Model {
  return sequential([
    layers.input({ shape: [6] }),
    layers.rescaling({ scale: 1 / 255 }),
    layers.dense({ units: 5, activation: 'tanh' }),
    layers.dense({ units: 3, activation: 'softmax' }),
  ]).compile({ optimizer, loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
}

/** Keeps what is written. */
function collector(): { write(piece: string): void; text(): string } {
  const pieces: string[] = [];
  return { write: (piece) => void pieces.push(piece), text: () => pieces.join('') };
}

/** Batches an epoch. */
const STEPS = 5;

describe('callbacks in a run', () => {
  it('learningRateScheduler sets the rate of each epoch, as a piecewise schedule does', async () => {
    const byEpoch = create();
    const history = await fit(byEpoch, {
      callbacks: [callbacks.learningRateScheduler((epoch, rate) => (epoch === 0 ? rate : rate / 2))],
    });
    const rates = [0.05, 0.025, 0.0125, 0.00625];
    expect(history.epochs.map(({ telemetry }) => telemetry.learningRate)).toEqual(rates);
    const learningRate = schedules.piecewise({
      boundaries: [1, 2, 3].map((e) => e * STEPS - 1),
      values: rates,
    });
    const byStep = create(optimizers.sgd({ learningRate, momentum: 0.5 }));
    const scheduled = await fit(byStep, {});
    expect(scheduled.epochs.map(({ step }) => step)).toEqual([1, 2, 3, 4].map((e) => e * STEPS));
    expect(scheduled.epochs.map(({ telemetry }) => telemetry.learningRate)).toEqual(rates);
    expect(byStep.getWeights()).toEqual(byEpoch.getWeights());
  });

  it('[#14] a schedule reaches every step of any optimizer', async () => {
    const learningRate = schedules.cosine({ initialLearningRate: 0.01, decaySteps: 4 * STEPS });
    const model = create(optimizers.adam({ learningRate }) as never);
    const { epochs } = await fit(model, {});
    expect(epochs.map(({ telemetry }) => telemetry.learningRate)).toEqual(
      epochs.map(({ step }) => rateAt(learningRate, step - 1)),
    );
  });

  it('none may move a rate that a schedule gives', async () => {
    const learningRate = schedules.stepDecay({ initialLearningRate: 0.1, decaySteps: 5 });
    const scheduled = (factory: CallbackFactory): Promise<unknown> =>
      fit(create(optimizers.sgd({ learningRate })), { callbacks: [factory] });
    await expect(scheduled(callbacks.learningRateScheduler(() => 1))).rejects.toMatchObject({
      code: 'LU_TRAIN_SCHEDULE',
    });
    const move: CallbackFactory = {
      name: 'move',
      create: () => ({ onEpochEnd: (_record, control) => control.setKnob('learningRate', 1) }),
    };
    await expect(scheduled(move)).rejects.toMatchObject({ code: 'LU_TRAIN_KNOB' });
  });

  it('modelCheckpoint saves a file that has the value it was saved for', async () => {
    const files: { readonly onnx: Uint8Array; readonly value: number }[] = [];
    const model = create();
    const save = (onnx: Uint8Array, { value }: { readonly value: number }): void =>
      void files.push({ onnx, value });
    await fit(model, { callbacks: [callbacks.modelCheckpoint({ monitor: 'valLoss', save })] });
    const part = {
      x: { data: (data.x as { data: Uint8Array }).data.slice(72 * 6), shape: [24, 6] },
      y: { data: (data.y as { data: Int32Array }).data.slice(72), shape: [24] },
    };
    const { onnx, value } = files.at(-1)!;
    expect((await model.evaluateOnnx(onnx, part as never)).loss).toBeCloseTo(value, 5);
  });

  it('csvLog writes a header and a line an epoch; going on from a checkpoint writes no second header', async () => {
    const run = async (options: FitOptions): Promise<{ text: string; bytes: Uint8Array }> => {
      const { write, text } = collector();
      const files: Uint8Array[] = [];
      const save = (bytes: Uint8Array): void => void files.push(bytes);
      await fit(create(), {
        callbacks: [callbacks.csvLog({ write })],
        checkpoint: { everyMs: 1e9, save },
        ...options,
      });
      return { text: text(), bytes: files.at(-1)! };
    };
    const whole = await run({});
    const [header, ...lines] = whole.text.trimEnd().split('\n');
    expect(header).toBe('epoch,loss,accuracy,valLoss,valAccuracy,learningRate');
    expect(lines.map((line) => line.split(',')[0])).toEqual(['0', '1', '2', '3']);
    expect(lines[0]!.split(',').at(-1)).toBe('0.05');
    const half = await run({ epochs: 2 });
    const rest = await run({ resume: half.bytes });
    expect(half.text + rest.text).toBe(whole.text);
  });

  it('csvLog quotes, appends, and refuses separators that break lines', async () => {
    const [first, second] = [collector(), collector()];
    const odd = callbacks
      .csvLog({ write: first.write, separator: ';' })
      .create({ ...info, monitors: ['a;"b"'] });
    const record = { epoch: 0, metrics: { 'a;"b"': Number.NaN }, telemetry: { learningRate: 0.1 } };
    await odd.onEpochEnd!(record as unknown as EpochRecord, {} as TrainingControl);
    expect(first.text()).toBe('epoch;"a;""b""";learningRate\n0;NaN;0.1\n');
    const more = callbacks.csvLog({ write: second.write, append: true }).create({ ...info, monitors: [] });
    await more.onEpochEnd!(record as unknown as EpochRecord, {} as TrainingControl);
    expect(second.text()).toBe('0,0.1\n');
    expect(() => callbacks.csvLog({ write: first.write, separator: '\n' })).toThrow(/separator/);
    expect(() => callbacks.csvLog({} as never)).toThrow(/needs either file or a function write/);
  });

  it('csvLog and jsonLines append to files, in folders that they make', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'luthier-logs-'));
    try {
      const [csv, json] = [join(folder, 'a', 'log.csv'), join(folder, 'b', 'log.jsonl')];
      const history = await fit(create(), {
        callbacks: [callbacks.csvLog({ file: csv }), callbacks.jsonLines({ file: json })],
      });
      const lines = (await readFile(csv, 'utf8')).trimEnd().split('\n');
      expect(lines.length).toBe(1 + history.epochs.length);
      expect(lines[0]).toMatch(/^epoch,loss/);
      const records = (await readFile(json, 'utf8')).trimEnd().split('\n').map(decodeJson);
      expect(records).toEqual(history.epochs);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('progress tells each epoch in a line, and draws a bar meanwhile', async () => {
    let time = 0;
    const now = (): number => {
      time += 500;
      return time;
    };
    const plain = collector();
    const history = await fit(create(), {
      epochs: 2,
      callbacks: [callbacks.progress({ write: plain.write, now })],
    });
    const { loss, accuracy, valLoss, valAccuracy } = history.epochs[1]!.metrics;
    const four = (value: number): number => Number(value.toPrecision(4));
    const text = `loss ${four(loss!)}  accuracy ${four(accuracy!)}  valLoss ${four(valLoss!)}  valAccuracy ${four(valAccuracy!)}`;
    const lines = plain.text().split('\n');
    expect(lines.length).toBe(3);
    expect(lines[1]).toBe(`epoch 2/2  0.5 s  ${text}`);
    const live = collector();
    await fit(create(), { epochs: 1, callbacks: [callbacks.progress({ write: live.write, isLive: true })] });
    const drawn = live.text().split('\r\u001b[2K');
    expect(drawn[0]).toBe('');
    expect(drawn.at(-2)).toMatch(/^epoch 1\/1 {2}\[={20}\] 5\/5 {2}loss /);
    expect(drawn.at(-1)).toMatch(/^epoch 1\/1 {2}\d+\.\d s {2}loss .*\n$/);
    expect(() => callbacks.progress({} as never)).toThrow(/no function write/);
  });

  it("a callback of one's own is asked after every call, and may stop the run there", async () => {
    const seen: number[] = [];
    const own: CallbackFactory = {
      name: 'own',
      create: () => ({
        onProgress: ({ step }, control) => {
          seen.push(step);
          if (step >= STEPS) control.stop();
        },
      }),
    };
    const { stopReason, epochs } = await fit(create(), { epochs: 50, callbacks: [own] });
    expect(stopReason).toBe('stopped');
    expect(epochs.length).toBe(1);
    expect(seen.at(-1)).toBe(STEPS);
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
  });

  it('jsonLines writes the records of the history', async () => {
    const { write, text } = collector();
    const history = await fit(create(), {
      callbacks: [callbacks.jsonLines({ write })],
    });
    expect(text().trimEnd().split('\n').map(decodeJson)).toEqual(history.epochs);
  });
});
