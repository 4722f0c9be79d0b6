import { generator, type HyperParameters, type ParamValue, randomKey } from '@luthier/core';
import { describe, expect, test } from 'vitest';
import { input as node, scalar } from '../graph/ops/sources.ts';
import { sizeOf } from '../graph/tensor.ts';
import { expectGradient, numbers } from '../graph/testing.ts';
import { forward } from '../training/forward.ts';
import { functional } from '../training/functional.ts';
import { planGraph } from '../training/plan.ts';
import { input } from '../training/symbolic.ts';
import { bert, encoderBlock, tunableBert } from './transformer.ts';

describe('transformer encoder', () => {
  test('[#27] counts the parameters of its matrices', () => {
    const [vocabulary, steps, width, hidden, classes] = [1000, 64, 64, 256, 10];
    const attention = 4 * (width * width + width);
    const dense = width * hidden + hidden + hidden * width + width;
    const norm = 2 * width;
    const expected =
      vocabulary * width +
      steps * width +
      norm +
      2 * (attention + dense + 2 * norm) +
      width * classes +
      classes;
    expect(bert({ vocabulary, steps, classes }).countParams()).toBe(expected);
  });

  test('[#27] a block has the gradients of finite differences', async () => {
    const x = input({ shape: [3, 4] });
    const tensor = encoderBlock(x, { heads: 2, hidden: 6, dropout: 0.25, name: 'b' });
    const plan = planGraph({ inputs: [x], outputs: [{ tensor }] });
    const feeds: Record<string, readonly number[]> = { x: numbers(24) };
    plan.weights.forEach(({ path, storedShape }, i) => {
      feeds[path] = numbers(sizeOf(storedShape), 1, 70 * (i + 1));
    });
    const pass = forward(plan, {
      inputs: [node('x', 'float32', [2, 3, 4])],
      isTraining: true,
      weight: (path) => node(path, 'float32', plan.weights.find((one) => one.path === path)!.storedShape),
      knob: (name) => scalar(plan.knobs[name]!),
      randomKey: () => scalar(99, 'uint32'),
    });
    await expectGradient(pass.outputs[0]!, feeds);
  });

  test('a block whose branches are zeroed normalizes its input only', async () => {
    const x = input({ shape: [3, 4] });
    const model = functional({
      inputs: x,
      outputs: encoderBlock(x, { heads: 2, hidden: 6, dropout: 0, name: 'b' }),
    });
    const weights = { ...model.getWeights() };
    for (const path of ['b_attention.attentionOutput.kernel', 'b_narrow.kernel']) {
      weights[path] = weights[path]!.map(() => 0);
    }
    model.setWeights(weights);
    const data = Float32Array.from(numbers(12));
    const { data: found } = await model.predict({ data, shape: [1, 3, 4] });
    for (let step = 0; step < 3; step++) {
      const row = [...data.subarray(4 * step, 4 * step + 4)];
      const mean = row.reduce((a, b) => a + b) / 4;
      const deviation = Math.sqrt(row.reduce((sum, v) => sum + (v - mean) ** 2, 0) / 4 + 1e-6);
      row.forEach((value, i) => {
        expect(found[4 * step + i]!).toBeCloseTo((value - mean) / deviation, 4);
      });
    }
  });

  test('[#27] the smallest one learns 32 sequences by heart', async () => {
    const random = generator(randomKey(1, 'tokens'));
    const x = Array.from({ length: 32 }, () => Array.from({ length: 8 }, () => 1 + random.integer(30)));
    const y = x.map((_, i) => (i * 7 + (i >> 2)) % 3);
    const model = bert({ vocabulary: 31, steps: 8, classes: 3, width: 32, blocks: 1, dropout: 0 }).compile({
      optimizer: 'adam',
      loss: 'categoricalCrossentropy',
      metrics: ['accuracy'],
    });
    await model.fit({ x, y }, { epochs: 60, batchSize: 16, seed: 1 });
    expect((await model.evaluate({ x, y })).accuracy!).toBe(1);
  });

  test('padding changes nothing: a longer sequence of zeros gives the same answer', async () => {
    const short = bert({ vocabulary: 20, steps: 4, classes: 3, width: 16, dropout: 0 });
    const long = bert({ vocabulary: 20, steps: 6, classes: 3, width: 16, dropout: 0 });
    const weights = { ...short.getWeights() };
    const positions = new Float32Array(6 * 16);
    positions.set(weights['positions.embeddings']!);
    long.setWeights({ ...weights, 'positions.embeddings': positions });
    const a = (await short.predict([[3, 7, 9, 2]])).data;
    const b = (await long.predict([[3, 7, 9, 2, 0, 0]])).data;
    a.forEach((value, i) => {
      expect(b[i]!).toBeCloseTo(value, 5);
    });
  });

  test('[#27] its sizes can be tuned', () => {
    const asked: string[] = [];
    const given: Readonly<Record<string, ParamValue>> = {
      blocks: 1,
      width: 32,
      heads: 2,
      dropout: 0.2,
      learningRate: 0.01,
    };
    const take = (name: string): never => {
      asked.push(name);
      return given[name] as never;
    };
    const hp = { int: take, choice: take, float: take } as unknown as HyperParameters;
    const model = tunableBert(hp, { vocabulary: 50, steps: 5, classes: 2 });
    expect(asked).toEqual(['blocks', 'width', 'heads', 'dropout', 'learningRate']);
    expect(model.plan.layers.some(({ name }) => name === 'block2_attention')).toBe(false);
    expect(model.metricNames()).toEqual(['loss', 'accuracy']);
  });

  test('a width that heads do not divide is refused', () => {
    expect(() => bert({ vocabulary: 5, steps: 2, classes: 2, width: 10, heads: 4 })).toThrow(
      /a width of 10 does not divide into 4 heads/,
    );
  });
});
