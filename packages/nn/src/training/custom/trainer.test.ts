import { describe, expect, it } from 'vitest';
import * as ops from '../../graph/functions.ts';
import { numbers } from '../../graph/testing.ts';
import { layers } from '../../layers/layers.ts';
import { optimizers } from '../../optimizers/optimizers.ts';
import { earlyStopping } from '../early-stopping.ts';
import type { Model } from '../model.ts';
import { sequential } from '../sequential.ts';
import type { TrainStep } from './step-context.ts';
import { type Trainer, trainer } from './trainer.ts';

const x = { data: Float32Array.from(numbers(60)), shape: [20, 3] };
const y = { data: Float32Array.from(numbers(20, 1, 99)), shape: [20, 1] };

function regression(): Model {
  return sequential(
    [
      layers.dense({
        units: 8,
        activation: 'tanh',
        inputShape: [3],
        kernelRegularizer: 'l2',
        name: 'hidden',
      }),
      layers.batchNormalization({ name: 'norm' }),
      layers.dense({ units: 1, name: 'out' }),
    ],
    { seed: 4 },
  );
}

const squares: TrainStep = ({ batch, run, minimize }) => {
  const loss = ops.mean(ops.square(ops.subtract(run('net', batch.x!), batch.y!)));
  minimize('net', loss);
  return { loss };
};

describe('trainer', () => {
  it('a step that does what fit does ends where fit ends', async () => {
    for (const optimizer of ['adam', 'sgd', 'rmsprop'] as const) {
      const fitted = regression().compile({ optimizer, loss: 'meanSquaredError' });
      // Weights that exist already are kept, whatever the seed of fit.
      fitted.getWeights();
      await fitted.fit({ x, y }, { epochs: 4, batchSize: 8, seed: 7 });
      const net = regression();
      const own = trainer({ networks: { net }, optimizers: { net: optimizer }, step: squares });
      const history = await own.fit({ x, y }, { epochs: 4, batchSize: 8, seed: 7 });
      expect(history.epochs).toHaveLength(4);
      const expected = fitted.getWeights();
      for (const [path, array] of Object.entries(net.getWeights())) {
        array.forEach((value, i) => {
          expect(value).toBeCloseTo(expected[path]![i]!, 6);
        });
      }
    }
  });

  it('repeats bit by bit, and goes on exactly from any checkpoint, inside an epoch too', async () => {
    const create = (): { net: Model; own: Trainer } => {
      const net = regression();
      return { net, own: trainer({ networks: { net }, optimizers: { net: 'adam' }, step: squares }) };
    };
    const saved: Uint8Array[] = [];
    const first = create();
    const options = { epochs: 3, batchSize: 6, seed: 2 };
    await first.own.fit(
      { x, y },
      { ...options, checkpoint: { everyMs: 0, save: (bytes) => void saved.push(bytes) } },
    );
    expect(saved.length).toBeGreaterThan(3);
    for (const resume of [undefined, ...saved]) {
      const again = create();
      await again.own.fit({ x, y }, { ...options, ...(resume === undefined ? {} : { resume }) });
      expect(again.net.getWeights()).toEqual(first.net.getWeights());
    }
  });

  it('two calls of two epochs are one of four', async () => {
    const [a, b] = [regression(), regression()];
    const whole = trainer({ networks: { net: a }, optimizers: { net: 'adam' }, step: squares });
    const halves = trainer({ networks: { net: b }, optimizers: { net: 'adam' }, step: squares });
    await whole.fit({ x, y }, { epochs: 4, shuffle: false });
    await halves.fit({ x, y }, { epochs: 2, shuffle: false });
    await halves.fit({ x, y }, { epochs: 2, shuffle: false });
    expect(b.getWeights()).toEqual(a.getWeights());
  });

  it('a network is moved in every n-th step only, and one without an optimizer never', async () => {
    const scale = (): Model =>
      sequential([
        layers.dense({ units: 1, useBias: false, inputShape: [1], name: 'w', kernelInitializer: 'ones' }),
      ]);
    const [fast, slow, fixed] = [scale(), scale(), scale()];
    const own = trainer({
      networks: { fast, slow, fixed },
      optimizers: {
        fast: optimizers.sgd({ learningRate: 0.1 }),
        slow: optimizers.sgd({ learningRate: 0.1 }),
      },
      knobs: { slope: 2 },
      step: ({ batch, run, minimize, knob }) => {
        const total = ops.mean(
          ops.add(run('fast', batch.x!), ops.add(run('slow', batch.x!), run('fixed', batch.x!))),
        );
        const loss = ops.multiply(knob('slope'), total);
        minimize('fast', loss);
        minimize('slow', loss, { every: 3 });
        return { loss };
      },
    });
    await own.fit({ x: [[1], [1], [1], [1]] }, { epochs: 2, batchSize: 1 });
    // d loss / d w = 2, eight steps of 0.1; every third: two.
    expect(fast.getWeights()['w.kernel']![0]).toBeCloseTo(1 - 8 * 0.2, 5);
    expect(slow.getWeights()['w.kernel']![0]).toBeCloseTo(1 - 2 * 0.2, 5);
    expect(fixed.getWeights()['w.kernel']![0]).toBe(1);
  });

  it('callbacks watch what the step measures and may move its scalars', async () => {
    const net = regression();
    const own = trainer({
      networks: { net },
      optimizers: { net: optimizers.sgd({ learningRate: 0.05 }) },
      step: squares,
    });
    const rates: number[] = [];
    const history = await own.fit(
      { x, y },
      {
        epochs: 50,
        callbacks: [
          earlyStopping({ monitor: 'loss', patience: 2, minDelta: 0.01, restoreBestWeights: true }),
          {
            name: 'halve',
            create: () => ({
              onEpochEnd: (_record, control) => {
                rates.push(control.knobs()['net/learningRate']!);
                control.setKnob('net/learningRate', control.knobs()['net/learningRate']! / 2);
              },
            }),
          },
        ],
      },
    );
    expect(history.stopReason).toBe('earlyStopping');
    expect(history.bestEpoch).toBe(history.epochs.length - 3);
    expect(rates.slice(0, 3)).toEqual([0.05, 0.025, 0.0125]);
  });

  it('a diverging run ends with its reason, its history intact', async () => {
    const own = trainer({
      networks: { net: regression() },
      optimizers: { net: optimizers.sgd({ learningRate: 1e20 }) },
      step: squares,
    });
    const history = await own.fit({ x, y }, { epochs: 20 });
    expect(history.stopReason).toBe('diverged');
    expect(history.epochs.length).toBeGreaterThan(0);
  });

  it.each<readonly [string, TrainStep, RegExp]>([
    [
      'no such network',
      ({ batch, run }) => ({ loss: ops.mean(run('nt', batch.x!)) }),
      /names no network 'nt'/,
    ],
    [
      'other samples',
      ({ batch, run }) => ({ loss: ops.mean(run('net', batch.y!)) }),
      /gives 'net' samples of \[1\], not \[3\]/,
    ],
    [
      'a loss that is no scalar',
      ({ batch, run, minimize }) => {
        const loss = run('net', batch.x!);
        minimize('net', loss);
        return { loss: ops.mean(loss) };
      },
      /minimizes a loss of shape \[20, 1\]/,
    ],
    [
      'a second minimize',
      ({ batch, run, minimize }) => {
        const loss = ops.mean(run('net', batch.x!));
        minimize('net', loss);
        minimize('net', loss);
        return { loss };
      },
      /minimizes 'net' twice/,
    ],
    ['nothing measured', () => ({}), /measures nothing/],
    ['a scalar nobody declared', ({ knob }) => ({ loss: knob('lambda') }), /asks for the scalar 'lambda'/],
  ])('refuses %s before training', async (_, step, message) => {
    const own = trainer({ networks: { net: regression() }, optimizers: { net: 'sgd' }, step });
    await expect(own.fit({ x, y })).rejects.toThrow(message);
  });

  it('refuses data of unequal lengths, and an optimizer of no network', async () => {
    const own = trainer({ networks: { net: regression() }, optimizers: { net: 'sgd' }, step: squares });
    await expect(own.fit({ x, y: [[1]] })).rejects.toThrow(/x has 20 rows, y has 1/);
    expect(() => trainer({ networks: {}, optimizers: { net: 'sgd' }, step: squares })).toThrow(
      /no option 'net'/,
    );
  });
});
