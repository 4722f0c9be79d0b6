import { generator, randomKey } from '@luthier/core';
import { describe, expect, it } from 'vitest';
import { layers } from '../layers/layers.ts';
import { optimizers } from '../optimizers/optimizers.ts';
import type { FitOptions } from './fit-options.ts';
import { drawMixing, drawShare } from './mixing.ts';
import type { Model } from './model.ts';
import type { CompileOptions } from './objective.ts';
import { sequential } from './sequential.ts';
import type { SamplesLike } from './tables.ts';

const ROWS = 6;

/** The same numbers mixed by hand, as the first step of a run with seed 3 mixes them. */
function mixedByHand(
  rows: readonly (readonly number[])[],
  mixing: ReturnType<typeof drawMixing>,
  isInBox: (position: number) => boolean = () => false,
): number[][] {
  const { share, partners, box } = mixing;
  return rows.map((row, i) =>
    row.map((value, j) => {
      const other = rows[partners[i]!]![j]!;
      if (box.length > 0) return isInBox(j) ? other : value;
      return share * value + (1 - share) * other;
    }),
  );
}

async function trained(
  model: () => Model,
  data: SamplesLike,
  options: FitOptions,
): Promise<readonly number[]> {
  const made = model();
  await made.fit(data, { seed: 3, shuffle: false, batchSize: ROWS, ...options });
  return Object.values(made.getWeights()).flatMap((values) => [...values]);
}

function expectClose(found: readonly number[], expected: readonly number[]): void {
  expect(found.length).toBe(expected.length);
  found.forEach((value, i) => {
    expect(value).toBeCloseTo(expected[i]!, 5);
  });
}

describe('shares', () => {
  // Of 10,000 draws the mean lies within 4 standard errors but for 6 runs in 100,000; the seed is fixed.
  it.each([0.1, 0.2, 1, 4])('come from Beta(%d, %d)', (alpha) => {
    const random = generator(randomKey(11, 'test'));
    const draws = Array.from({ length: 10_000 }, () => drawShare(random, alpha));
    const variance = 1 / (4 * (2 * alpha + 1));
    const mean = draws.reduce((a, b) => a + b) / draws.length;
    expect(Math.abs(mean - 0.5)).toBeLessThan(4 * Math.sqrt(variance / draws.length));
    const spread = draws.reduce((sum, draw) => sum + (draw - 0.5) ** 2, 0) / draws.length;
    // The fourth moment of a number in [0, 1] around 1/2 is at most 1/16.
    expect(Math.abs(spread - variance)).toBeLessThan(4 * Math.sqrt(1 / 16 / draws.length));
    expect(draws.every((draw) => draw >= 0 && draw <= 1)).toBe(true);
  });

  it('and partners are pure functions of seed and step', () => {
    const mixup = { kind: 'mixup', alpha: 1 } as const;
    expect(drawMixing(mixup, 3, 7, 8, [2])).toEqual(drawMixing(mixup, 3, 7, 8, [2]));
    expect(drawMixing(mixup, 3, 8, 8, [2]).share).not.toBe(drawMixing(mixup, 3, 7, 8, [2]).share);
    expect(drawMixing(mixup, 4, 7, 8, [2]).share).not.toBe(drawMixing(mixup, 3, 7, 8, [2]).share);
    expect([...drawMixing(mixup, 3, 7, 8, [2]).partners].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it('of cutmix are what is left of the image', () => {
    for (let step = 0; step < 50; step++) {
      const { share, box } = drawMixing({ kind: 'cutmix', alpha: 1 }, 1, step, 4, [5, 8, 1]);
      const [top, bottom, left, right] = box as [number, number, number, number];
      expect(top >= 0 && bottom <= 5 && left >= 0 && right <= 8 && top <= bottom && left <= right).toBe(true);
      expect(share).toBeCloseTo(1 - ((bottom - top) * (right - left)) / 40, 12);
    }
  });
});

describe('mixup', () => {
  const x = Array.from({ length: ROWS }, (_, i) => [Math.sin(i), Math.cos(2 * i), i / 5]);
  const mixing = drawMixing({ kind: 'mixup', alpha: 0.7 }, 3, 0, ROWS, [3]);
  const options = { mixup: { alpha: 0.7 } };

  function model(units: number, options: Partial<CompileOptions>): () => Model {
    return () =>
      sequential([layers.dense({ units, inputShape: [3], activation: units === 3 ? 'softmax' : 'linear' })], {
        seed: 1,
      }).compile({ optimizer: optimizers.sgd({ learningRate: 0.5 }), loss: 'meanSquaredError', ...options });
  }

  it('trains on what mixing by hand gives: real targets', async () => {
    const y = x.map(([a, b]) => [a! + b!, a! * b!]);
    const byHand = { x: mixedByHand(x, mixing), y: mixedByHand(y, mixing) };
    const create = model(2, {});
    expect(mixing.share).toBeGreaterThan(0.01);
    expect(mixing.share).toBeLessThan(0.99);
    expectClose(await trained(create, { x, y }, options), await trained(create, byHand, {}));
  });

  it('trains on soft labels where labels are given, and mixes weights of samples', async () => {
    const labels = [0, 2, 1, 1, 0, 2];
    const rows = labels.map((label) => [0, 1, 2].map((i) => Number(i === label)));
    const soft = { x: mixedByHand(x, mixing), y: mixedByHand(rows, mixing) };
    const create = model(3, { loss: 'categoricalCrossentropy' });
    const expected = await trained(create, soft, {});
    expectClose(await trained(create, { x, y: labels }, options), expected);
    expectClose(await trained(create, { x, y: rows }, options), expected);
    // One weight for all samples: the weights of a step are that factor larger.
    const sampleWeight = labels.map(() => 2);
    const double = model(3, {
      loss: 'categoricalCrossentropy',
      optimizer: optimizers.sgd({ learningRate: 0.25 }),
    });
    expectClose(await trained(double, { x, y: labels, sampleWeight }, options), expected);
  });

  it('mixes bytes as numbers, goes on from a checkpoint, and leaves validation alone', async () => {
    const bytes = { data: Uint8Array.from({ length: 3 * ROWS }, (_, i) => (37 * i) % 256), shape: [ROWS, 3] };
    const y = x.map(([a, b]) => [a!, b!]);
    const create = model(2, { optimizer: optimizers.sgd({ learningRate: 1e-5 }) });
    const given = { ...options, epochs: 3, batchSize: 4, shuffle: true };
    const whole = await trained(create, { x: bytes, y }, given);
    const saved: Uint8Array[] = [];
    const save = (checkpoint: Uint8Array): void => void saved.push(checkpoint);
    await trained(create, { x: bytes, y }, { ...given, checkpoint: { everyMs: 0, save } });
    expect(await trained(create, { x: bytes, y }, { ...given, resume: saved[1]! })).toEqual(whole);
    await expect(
      trained(create, { x: bytes, y }, { ...given, mixup: {}, resume: saved[1]! }),
    ).rejects.toThrow(expect.objectContaining({ code: 'LU_CHECKPOINT_MISMATCH' }));
    const still = model(2, { optimizer: optimizers.sgd({ learningRate: 0 }) })();
    const { epochs } = await still.fit({ x, y }, { ...options, validationData: { x, y } });
    expect(epochs[0]!.metrics.valLoss).toBeCloseTo((await still.evaluate({ x, y })).loss!, 6);
    expect(epochs[0]!.metrics.loss).not.toBeCloseTo(epochs[0]!.metrics.valLoss!, 4);
  });
});

describe('cutmix', () => {
  it('trains on what pasting by hand gives', async () => {
    const [height, width, channels] = [5, 4, 2];
    const size = height * width * channels;
    const rows = Array.from({ length: ROWS }, (_, i) =>
      Array.from({ length: size }, (_, j) => Math.sin(i + j * j)),
    );
    const labels = [0, 1, 1, 0, 1, 0];
    const mixing = drawMixing({ kind: 'cutmix', alpha: 2 }, 3, 0, ROWS, [height, width, channels]);
    const [top, bottom, left, right] = mixing.box as [number, number, number, number];
    expect((bottom - top) * (right - left)).toBeGreaterThan(0);
    const isInBox = (position: number): boolean => {
      const row = Math.floor(position / (width * channels));
      const column = Math.floor(position / channels) % width;
      return row >= top && row < bottom && column >= left && column < right;
    };
    const tensor = (values: readonly (readonly number[])[]) => ({
      data: Float32Array.from(values.flat()),
      shape: [ROWS, height, width, channels],
    });
    const oneHot = labels.map((label) => [1 - label, label]);
    const { box: _, ...shares } = mixing;
    const soft = mixedByHand(oneHot, { ...shares, box: [] });
    const create = (): Model =>
      sequential([
        layers.flatten({ inputShape: [height, width, channels] }),
        layers.dense({ units: 2, activation: 'softmax' }),
      ]).compile({ optimizer: optimizers.sgd({ learningRate: 0.5 }), loss: 'categoricalCrossentropy' });
    expectClose(
      await trained(create, { x: tensor(rows), y: labels }, { cutmix: { alpha: 2 } }),
      await trained(create, { x: tensor(mixedByHand(rows, mixing, isInBox)), y: soft }, {}),
    );
  });
});

describe('mixing is refused', () => {
  const numbers = sequential([layers.dense({ units: 1, inputShape: [2] })]).compile({
    loss: 'meanSquaredError',
  });
  const data = { x: [[0, 1]], y: [1] };

  it.each([
    [/both mixup and cutmix/, { mixup: {}, cutmix: {} }],
    [/alpha is 0, outside/, { mixup: { alpha: 0 } }],
    [/no option 'beta'/, { mixup: { beta: 1 } as object }],
    [/cutmix takes images/, { cutmix: {} }],
  ])('%s', async (message, options) => {
    await expect(numbers.fit(data, options)).rejects.toThrow(message);
  });

  it('where inputs are numbers of things', async () => {
    const words = sequential([
      layers.embedding({ inputDim: 5, outputDim: 2, inputShape: [3] }),
      layers.flatten(),
      layers.dense({ units: 1 }),
    ]).compile({ loss: 'meanSquaredError' });
    await expect(words.fit({ x: [[1, 2, 3]], y: [1] }, { mixup: {} })).rejects.toThrow(
      /embedding 'embedding1' reads/,
    );
  });
});
