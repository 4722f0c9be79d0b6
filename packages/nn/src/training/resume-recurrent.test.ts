import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Samples } from '../data/dataset.ts';
import { numbers } from '../graph/testing.ts';
import type { Layer } from '../layers/layer.ts';
import { layers } from '../layers/layers.ts';
import { optimizers } from '../optimizers/optimizers.ts';
import type { FitOptions } from './fit-options.ts';
import type { Model } from './model.ts';
import { sequential } from './sequential.ts';

const samples = 50;
const data: Samples = {
  x: { data: Float32Array.from(numbers(samples * 5 * 3)), shape: [samples, 5, 3] },
  y: { data: Int32Array.from({ length: samples }, (_, i) => (i * 7) % 3), shape: [samples] },
};

const noise = { dropout: 0.2, recurrentDropout: 0.3 } as const;
const families: readonly (readonly [string, readonly Layer[]])[] = [
  ['simpleRnn', [layers.simpleRnn({ units: 4, ...noise })]],
  ['lstm', [layers.lstm({ units: 4, dropout: 0.2, returnSequences: true }), layers.lstm({ units: 3 })]],
  ['gru', [layers.gru({ units: 4, ...noise, goBackwards: true })]],
  ['bidirectional', [layers.bidirectional({ layer: layers.lstm({ units: 3, ...noise }) })]],
  [
    'timeDistributed',
    [
      layers.timeDistributed({ layer: layers.dense({ units: 3, activation: 'relu' }) }),
      layers.timeDistributed({ layer: layers.dropout(0.3) }),
      layers.gru({ units: 3, resetAfter: false }),
    ],
  ],
];

function create(inner: readonly Layer[]): Model {
  return sequential([
    layers.input({ shape: [5, 3] }),
    ...inner,
    layers.dense({ units: 3, activation: 'softmax' }),
  ]).compile({
    optimizer: optimizers.adam({ learningRate: 0.01 }),
    loss: 'sparseCategoricalCrossentropy',
    metrics: ['accuracy'],
  });
}

async function run(
  inner: readonly Layer[],
  options: FitOptions = {},
): Promise<{ readonly digest: string; readonly saved: readonly Uint8Array[] }> {
  const saved: Uint8Array[] = [];
  const model = create(inner);
  const history = await model.fit(data, {
    epochs: 3,
    batchSize: 8,
    seed: 4,
    ...options,
    checkpoint: { everyMs: 0, save: (bytes) => void saved.push(bytes) },
  });
  const hash = createHash('sha256');
  for (const [name, array] of Object.entries(model.getWeights()))
    hash.update(name).update(new Uint8Array(array.buffer));
  return { digest: hash.update(saved.at(-1)!).update(JSON.stringify(history)).digest('hex'), saved };
}

describe.each(families)('a run of %s', (_, inner) => {
  it('repeats bit by bit, and goes on from any of its checkpoints to the same end', async () => {
    const { digest, saved } = await run(inner);
    expect((await run(inner)).digest).toBe(digest);
    expect((await run(inner, { seed: 5 })).digest).not.toBe(digest);
    expect(saved.length).toBeGreaterThan(2);
    for (const bytes of saved) expect((await run(inner, { resume: bytes })).digest).toBe(digest);
  });
});
