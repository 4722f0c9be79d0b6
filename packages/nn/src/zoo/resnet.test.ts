import type { HyperParameters, ParamValue } from '@luthier/core';
import { describe, expect, test } from 'vitest';
import { numbers } from '../graph/testing.ts';
import { functional } from '../training/functional.ts';
import type { Model } from '../training/model.ts';
import { input, type SymbolicTensor } from '../training/symbolic.ts';
import { basicBlock, bottleneckBlock, groupedBlock, preactivatedBlock } from './residual-blocks.ts';
import { resnet, tunableResnet } from './resnet.ts';
import { smallResnet } from './small-resnet.ts';

describe('residual networks', () => {
  test.each([
    ['v1', 25_636_712],
    ['v2', 25_613_800],
    ['next', 25_097_128],
  ] as const)('version %s of 50 layers has the parameters of Keras [#27]', (version, count) => {
    const model = resnet({ inputShape: [224, 224, 3], classes: 1000, version });
    expect(model.countParams()).toBe(count);
  });

  test('the small one has the parameters of its kernels, moments and biases', () => {
    const kernels =
      9 * 16 + 2 * 9 * 16 ** 2 + (9 + 1) * 16 * 32 + 9 * 32 ** 2 + (9 + 1) * 32 * 64 + 9 * 64 ** 2;
    const moments = 4 * (3 * 16 + 3 * 32 + 3 * 64);
    const model = smallResnet({ inputShape: [28, 28, 1], classes: 10 });
    expect(model.countParams()).toBe(kernels + moments + 65 * 10);
    expect(
      smallResnet({ inputShape: [32, 32, 3], classes: 10, depth: 20 }).plan.layers.at(-3)!.outputs[0],
    ).toEqual([8, 8, 64]);
  });

  test.each([
    ['basicBlock', basicBlock, 8, '2_bn.gamma', 1],
    ['bottleneckBlock', bottleneckBlock, 2, '3_bn.gamma', 4],
    ['preactivatedBlock', preactivatedBlock, 2, '3_conv.kernel', 4],
    ['groupedBlock', groupedBlock, 32, '3_bn.gamma', 2],
  ] as const)(
    'a %s whose branch is zeroed is the identity [#27]',
    async (_, block, filters, zeroed, growth) => {
      const x = input({ shape: [4, 3, filters * growth] });
      const model = functional({
        inputs: x,
        outputs: block(x, { filters, isProjected: false, name: 'tested' }) as SymbolicTensor,
      });
      const weights = model.getWeights();
      const images = numbers(2 * 12 * filters * growth);
      // The last relu keeps what is not negative; without one, everything passes.
      const data = Float32Array.from(images, block === preactivatedBlock ? (value) => value : Math.abs);
      const samples = { data, shape: [2, 4, 3, filters * growth] };
      expect((await model.predict(samples)).data).not.toEqual(data);
      model.setWeights({ ...weights, [`tested_${zeroed}`]: weights[`tested_${zeroed}`]!.map(() => 0) });
      expect((await model.predict(samples)).data).toEqual(data);
    },
  );
});

async function overfits(model: Model, shape: readonly number[], epochs: number): Promise<number> {
  const size = shape.reduce((a, b) => a * b, 1);
  const x = { data: Float32Array.from(numbers(32 * size)), shape: [32, ...shape] };
  const y = Int32Array.from({ length: 32 }, (_, i) => (i * 7 + (i >> 2)) % 3);
  const { epochs: records } = await model.fit(
    { x, y: { data: y, shape: [32] } },
    { epochs, batchSize: 32, seed: 1 },
  );
  return records.at(-1)!.metrics.accuracy!;
}

test.each(['v1', 'v2', 'next'] as const)('a tiny %s learns 32 samples by heart [#27]', async (version) => {
  const model = resnet({
    inputShape: [16, 16, 1],
    classes: 3,
    version,
    blocks: [1, 1, 1, 1],
    width: version === 'next' ? 16 : 4,
  }).compile({ optimizer: 'adam', loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
  expect(await overfits(model, [16, 16, 1], 40)).toBe(1);
});

test('a tiny small residual network learns 32 samples by heart [#27]', async () => {
  const model = smallResnet({ inputShape: [8, 8, 1], classes: 3, width: 8, l2: 0 }).compile({
    optimizer: 'adam',
    loss: 'categoricalCrossentropy',
    metrics: ['accuracy'],
  });
  expect(await overfits(model, [8, 8, 1], 60)).toBe(1);
});

/** Hyperparameters that take given values or defaults, and remember what was asked. */
function recorder(values: Readonly<Record<string, ParamValue>>): {
  readonly hp: HyperParameters;
  readonly asked: Map<string, readonly [readonly ParamValue[], ParamValue]>;
} {
  const asked = new Map<string, readonly [readonly ParamValue[], ParamValue]>();
  const choice = (
    name: string,
    list: readonly ParamValue[],
    options?: { default?: ParamValue },
  ): ParamValue => {
    asked.set(name, [list, options?.default ?? list[0]!]);
    return values[name] ?? options?.default ?? list[0]!;
  };
  return { hp: { choice } as unknown as HyperParameters, asked };
}

test('the tunable network asks what that of Keras Tuner asks, and builds what it is told [#27]', () => {
  const build = (hp: HyperParameters): Model =>
    tunableResnet(hp, { inputShape: [32, 32, 3], classes: 10, width: 16 });
  const { hp, asked } = recorder({});
  const first = build(hp);
  expect(Object.fromEntries(asked)).toEqual({
    version: [['v1', 'v2', 'next'], 'v2'],
    conv3Depth: [[4, 8], 4],
    conv4Depth: [[6, 23, 36], 6],
    pooling: [['avg', 'max'], 'avg'],
    optimizer: [['adam', 'rmsprop', 'sgd'], 'adam'],
    learningRate: [[0.1, 0.01, 0.001], 0.01],
  });
  const told = build(
    recorder({
      version: 'next',
      conv3Depth: 8,
      conv4Depth: 23,
      pooling: 'max',
      optimizer: 'sgd',
      learningRate: 0.1,
    }).hp,
  );
  const blocksOf = (model: Model): readonly number[] =>
    [2, 3, 4, 5].map(
      (stage) =>
        model.plan.layers.filter(({ name }) => new RegExp(`^conv${stage}_.*_add$`).test(name)).length,
    );
  expect(blocksOf(first)).toEqual([3, 4, 6, 3]);
  expect(blocksOf(told)).toEqual([3, 8, 23, 3]);
  const kinds = (model: Model): readonly string[] => model.plan.layers.map(({ layer }) => layer.kind);
  expect(kinds(first)).toContain('globalAveragePooling2d');
  expect(kinds(told)).toContain('globalMaxPooling2d');
});

test.each([
  [() => resnet({ inputShape: [32, 32, 3], classes: 0 }), /classes is 0/],
  [() => resnet({ inputShape: [32, 32, 3], classes: 2, version: 'v3' as never }), /unknown version 'v3'/],
  [() => resnet({ inputShape: [32, 32, 3], classes: 2, blocks: [1, 0, 1, 1] }), /blocks\[1\] is 0/],
  [() => resnet({ inputShape: [32, 32, 3], classes: 2, version: 'next', width: 8 }), /32 groups/],
  [() => smallResnet({ inputShape: [32, 32, 3], classes: 2, depth: 9 }), /depth is 9/],
  [
    () => tunableResnet(recorder({}).hp, { inputShape: [32, 32, 3], classes: 2, version: 'v1' } as never),
    /no option 'version'/,
  ],
])('bad options are refused (%#)', (make, message) => {
  expect(make).toThrow(message);
});
