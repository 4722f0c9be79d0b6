import { describe, expect, it } from 'vitest';
import { gradient } from '../graph/gradient.ts';
import { interpret } from '../graph/interpret.ts';
import type { Node } from '../graph/node.ts';
import { sigmoid } from '../graph/ops/elementwise.ts';
import { sum } from '../graph/ops/reduce.ts';
import { softmax } from '../graph/ops/softmax.ts';
import { constant, input } from '../graph/ops/sources.ts';
import { graphOf, runOnnx } from '../graph/testing.ts';
import { layers } from '../layers/layers.ts';
import type { Metric } from '../metrics/metric.ts';
import { metrics } from '../metrics/metrics.ts';
import { programCount, releasePrograms } from '../training/program-cache.ts';
import { sequential } from '../training/sequential.ts';
import type { Loss } from './loss.ts';
import { losses, parseLoss } from './losses.ts';

type Rows = readonly (readonly number[])[];

const asIs = (x: Node): Node => x;

describe('at the ends of float32', () => {
  const extreme: Rows = [
    [200, -200, 0],
    [0, 300, -300],
  ];
  const flat = [0, 0, 0, 0, 0, 0];
  const oneHot = [
    [0, 1, 0],
    [0, 0, 1],
  ];
  const zeros: Rows = [
    [0, 0, 0],
    [0, 0, 0],
  ];

  it.each([
    ['categoricalCrossentropy', losses.categoricalCrossentropy({ labelSmoothing: 0.1 }), extreme, softmax],
    ['categoricalFocalCrossentropy', losses.categoricalFocalCrossentropy({ gamma: 0.5 }), extreme, softmax],
    ['klDivergence', losses.klDivergence(), extreme, softmax],
    ['klDivergence of no probability', losses.klDivergence(), zeros, asIs],
    ['binaryCrossentropy', losses.binaryCrossentropy(), extreme, sigmoid],
    ['binaryFocalCrossentropy', losses.binaryFocalCrossentropy({ gamma: 0.5 }), extreme, sigmoid],
    ['binaryCrossentropy of certain answers', losses.binaryCrossentropy(), oneHot, asIs],
    [
      'binaryFocalCrossentropy of certain answers',
      losses.binaryFocalCrossentropy({ gamma: 0.5 }),
      oneHot,
      asIs,
    ],
    ['logCosh', losses.logCosh(), extreme.map((row) => row.map((v) => v * 1e5)), asIs],
    ['huber', losses.huber(), extreme.map((row) => row.map((v) => v * 1e30)), asIs],
    ['cosineSimilarity of nothing', losses.cosineSimilarity(), zeros, asIs],
    ['poisson of no rate', losses.poisson(), zeros, asIs],
    ['meanSquaredLogarithmicError of outputs below 0', losses.meanSquaredLogarithmicError(), extreme, asIs],
    ['meanAbsolutePercentageError of targets 0', losses.meanAbsolutePercentageError(), oneHot, asIs],
    ['dice of empty masks', losses.dice(), zeros, asIs],
    ['tversky of empty masks', losses.tversky(), zeros, asIs],
  ] as const)('%s and its gradient are finite', async (name, loss, p, ending) => {
    const y = name.includes('empty') ? flat : oneHot.flat();
    const x = input('p', 'float32', [2, 3]);
    const value = loss.mean(ending(x), constant(y, [2, 3]), 'values');
    const [slope] = gradient(value, [x]);
    const found = await runOnnx(graphOf({ value, slope: slope! }), { p: p.flat() });
    expect([...found.value!, ...found.slope!].filter((v) => !Number.isFinite(v))).toEqual([]);
  });

  it('NaN stays NaN', () => {
    for (const create of Object.values(losses) as (() => Loss)[]) {
      const loss = create();
      if (!loss.targets.includes('values')) continue;
      const x = input('p', 'float32', [1, 2]);
      const value = loss.mean(x, constant([1, 0], [1, 2]), 'values');
      expect(interpret(graphOf({ value }), { p: [Number.NaN, 0.5] }).value!.data[0]).toBeNaN();
    }
  });
});

describe('options of losses', () => {
  it('are refused when they are unknown or out of range', () => {
    expect(() => losses.huber({ delta: 0 })).toThrow(/huber: delta is 0, outside \(0, Infinity\)/);
    expect(() => losses.huber({ Delta: 1 } as object)).toThrow(/did you mean 'delta'/);
    expect(() => losses.categoricalCrossentropy({ labelSmoothing: 1.5 })).toThrow(/outside \[0, 1\]/);
    expect(() => losses.binaryCrossentropy({ fromLogits: 1 as never })).toThrow(/not true or false/);
    expect(() => losses.binaryFocalCrossentropy({ gamma: -1 })).toThrow(/gamma is -1/);
    expect(() => losses.dice({ axis: [-1] })).toThrow(/axis is -1/);
    expect(() => losses.tversky({ alpha: Number.NaN })).toThrow(/alpha is NaN/);
    expect(() => parseLoss('hubber' as never)).toThrow(/did you mean 'huber'/);
  });

  it('refuse logits where the model gives probabilities, before training', async () => {
    const model = sequential([layers.dense({ units: 3, activation: 'softmax', inputShape: [3] })]);
    model.compile({ loss: losses.categoricalCrossentropy({ fromLogits: true }) });
    await expect(model.fit({ x: [[1, 2, 3]], y: [0] })).rejects.toMatchObject({ code: 'LU_LOSS_LOGITS' });
  });

  it('keep targets within what the formula is made for', async () => {
    const model = sequential([layers.dense({ units: 1, inputShape: [1] })]);
    for (const loss of ['poisson', 'meanSquaredLogarithmicError', 'hinge'] as const) {
      await expect(model.compile({ loss }).fit({ x: [[1]], y: [-2] })).rejects.toMatchObject({
        code: 'LU_DATA_TARGET',
      });
    }
  });

  it('share compiled programs where they are equal, and only there', async () => {
    await releasePrograms();
    const evaluate = async (loss: Loss, metric: Metric): Promise<number> => {
      const model = sequential([layers.dense({ units: 1, inputShape: [1] })]);
      await model.compile({ loss, metrics: [metric] }).evaluate({ x: [[1]], y: [[2]] });
      return programCount();
    };
    const mean = { name: 'mean', direction: 'min' } as const;
    const custom = (): Metric => ({ ...mean, sum: (output) => sum(output) });
    expect(await evaluate(losses.huber(), metrics.recall())).toBe(1);
    expect(await evaluate(losses.huber({ delta: 1 }), metrics.recall())).toBe(1);
    expect(await evaluate(losses.huber({ delta: 2 }), metrics.recall())).toBe(2);
    expect(await evaluate(losses.huber(), metrics.recall({ threshold: 0.7 }))).toBe(3);
    expect(await evaluate(losses.huber(), custom())).toBe(4);
    expect(await evaluate(losses.huber(), custom())).toBe(5);
  });

  it('every loss trains a model by its name', async () => {
    for (const loss of Object.keys(losses) as (keyof typeof losses)[]) {
      const model = sequential([layers.dense({ units: 2, activation: 'sigmoid', inputShape: [2] })], {
        seed: 4,
      }).compile({ loss });
      const x = [
        [0.5, 1],
        [-1, 0.25],
      ];
      const y = parseLoss(loss).targets.includes('values')
        ? [
            [0, 1],
            [1, 0],
          ]
        : [1, 0];
      const { epochs } = await model.fit({ x, y }, { epochs: 20, batchSize: 2 });
      expect(epochs.at(-1)!.metrics.loss).toBeLessThan(epochs[0]!.metrics.loss!);
    }
  });
});
