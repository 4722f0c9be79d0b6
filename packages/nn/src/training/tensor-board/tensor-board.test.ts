import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { layers } from '../../layers/layers.ts';
import { crc32c } from '../../saving/crc32c.ts';
import { blobs } from '../fixtures/blobs.ts';
import type { Model } from '../model.ts';
import { sequential } from '../sequential.ts';
import { encodeEvent, type SummaryValue } from './event.ts';
import { histogramOf } from './histogram.ts';
import { encodeRecord } from './record.ts';
import { tensorBoard } from './tensor-board.ts';

const data = blobs(60, 8, 3, 1);

function model(): Model {
  return sequential([
    layers.dense({ units: 3, activation: 'softmax', inputShape: [8], name: 'only' }),
  ]).compile({
    loss: 'sparseCategoricalCrossentropy',
    metrics: ['accuracy'],
  });
}

describe('the record format', () => {
  it('has the checksums of RFC 3720', () => {
    expect(crc32c(new TextEncoder().encode('123456789'))).toBe(0xe3069283);
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
    expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43);
    expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i))).toBe(0x46dd794e);
    expect(crc32c(new Uint8Array(0))).toBe(0);
  });

  it('is byte for byte what the writer of TensorBoard 2.21 gives', () => {
    const version = encodeEvent({ wallTime: 1700000000.5, fileVersion: 'brain.Event:2' });
    const value = [
      { tag: 'epoch_loss', simpleValue: 0.5 },
      { tag: 'epoch_accuracy', simpleValue: 0.75 },
    ];
    const epoch = encodeEvent({ wallTime: 1700000001.25, step: 3, summary: { value } });
    const bytes = Buffer.concat([encodeRecord(version), encodeRecord(epoch)]);
    expect(bytes.toString('hex')).toBe(
      '1800000000000000a37f4b220900002040fc54d9411a0d627261696e2e4576656e743a322b3531103700000000000000e7e8ca59' +
        '0900005040fc54d94110032a2a0a110a0a65706f63685f6c6f7373150000003f0a150a0e65706f63685f61636375726163791500' +
        '00403fc60fa0f6',
    );
  });
});

describe('histograms', () => {
  it('count every finite number once', () => {
    const histogram = histogramOf(Float32Array.of(0, 1, 2, 2, 4, Number.NaN), 4);
    expect(histogram).toEqual({
      min: 0,
      max: 4,
      num: 5,
      sum: 9,
      sumSquares: 25,
      bucketLimit: [1, 2, 3, 4],
      bucket: [1, 1, 2, 1],
    });
    expect(histogramOf(Float32Array.of(3, 3))).toMatchObject({ bucketLimit: [3], bucket: [2] });
    expect(histogramOf(new Float32Array(0)).num).toBe(0);
  });
});

describe('tensorBoard', () => {
  it('writes the epochs of training and validation as events', async () => {
    const written: (readonly [string, Uint8Array])[] = [];
    const log = tensorBoard({
      now: () => 5000,
      histogramFrequency: 2,
      write: (file, bytes) => void written.push([file, bytes]),
    });
    const trained = model();
    const { epochs } = await trained.fit(data, { epochs: 2, validationSplit: 0.2, callbacks: [log] });
    const wallTime = 5;
    const scalars = (values: Readonly<Record<string, number>>): SummaryValue[] =>
      Object.entries(values).map(([tag, simpleValue]) => ({ tag, simpleValue }));
    const [first, second] = epochs.map(({ metrics, telemetry }) => ({
      train: scalars({
        epoch_loss: metrics.loss!,
        epoch_accuracy: metrics.accuracy!,
        epoch_learning_rate: 0.001,
        'telemetry/gradientNorm': telemetry.gradientNorm,
        'telemetry/weightNorm': telemetry.weightNorm,
        'telemetry/penalty': 0,
      }),
      validation: scalars({ epoch_loss: metrics.valLoss!, epoch_accuracy: metrics.valAccuracy! }),
    }));
    const weights = Object.entries(trained.getWeights()).map(([path, values]) => ({
      tag: path.replace('.', '/'),
      histo: histogramOf(values),
    }));
    const version = { wallTime, fileVersion: 'brain.Event:2' };
    const events = [
      ['train', version],
      ['train', { wallTime, step: 0, summary: { value: first!.train } }],
      ['validation', version],
      ['validation', { wallTime, step: 0, summary: { value: first!.validation } }],
      ['train', { wallTime, step: 1, summary: { value: [...second!.train, ...weights] } }],
      ['validation', { wallTime, step: 1, summary: { value: second!.validation } }],
    ] as const;
    expect(written).toEqual(
      events.map(([run, event]) => [
        `${run}/events.out.tfevents.5000.luthier`,
        encodeRecord(encodeEvent(event)),
      ]),
    );
  });

  it('begins new files for every run of one factory, in folders that it makes', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'luthier-events-'));
    try {
      let time = 1000;
      const log = tensorBoard({ directory: join(directory, 'deep', 'logs'), now: () => time });
      await model().fit(data, { callbacks: [log] });
      time = 2000;
      await model().fit(data, { callbacks: [log] });
      const folder = join(directory, 'deep', 'logs', 'train');
      const files = (await readdir(folder)).sort();
      expect(files).toEqual(['events.out.tfevents.1000.luthier', 'events.out.tfevents.2000.luthier']);
      for (const file of files) {
        const bytes = await readFile(join(folder, file));
        expect(bytes.indexOf('brain.Event:2')).toBeGreaterThan(0);
        expect(bytes.lastIndexOf('brain.Event:2')).toBe(bytes.indexOf('brain.Event:2'));
      }
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  it('refuses to have no place to write, or two', () => {
    const needs = /needs either directory or a function write/;
    expect(() => tensorBoard({})).toThrow(needs);
    expect(() => tensorBoard({ directory: 'a', write: () => {} })).toThrow(needs);
    expect(() => tensorBoard({ directory: 'a', histogramFrequency: -1 })).toThrow(/histogramFrequency is -1/);
    expect(() => tensorBoard({ logDir: 'a' } as object)).toThrow(/no option 'logDir'/);
  });
});
