import { describe, expect, it, test } from 'vitest';
import { functional } from '../training/functional.ts';
import { call, input } from '../training/symbolic.ts';
import type { Layer } from './layer.ts';
import { layers } from './layers.ts';

async function outputOf(layer: Layer, rows: readonly (readonly number[])[]): Promise<readonly number[]> {
  const start = input({ shape: [rows[0]!.length] });
  const model = functional({ inputs: start, outputs: call(layer, start) });
  return [...(await model.predict(rows)).data];
}

/** Keras 3: max_value cuts above, negative_slope * (x - threshold) lies below the threshold. */
test.each([
  ['relu', layers.relu(), [0, 0, 2, 9]],
  ['relu of at most 6', layers.relu({ maxValue: 6 }), [0, 0, 2, 6]],
  ['relu from a threshold', layers.relu({ threshold: 2.5 }), [0, 0, 0, 9]],
  ['relu with a slope', layers.relu({ negativeSlope: 0.5, threshold: 2 }), [-2.5, -1.5, 2, 9]],
  ['leakyRelu', layers.leakyRelu({ negativeSlope: 0.25 }), [-0.75, -0.25, 2, 9]],
  ['elu', layers.elu({ alpha: 2 }), [2 * Math.expm1(-3), 2 * Math.expm1(-1), 2, 9]],
])('%s', async (_, layer, expected) => {
  const output = await outputOf(layer, [[-3, -1, 2, 9]]);
  for (const [i, value] of expected.entries()) expect(output[i]).toBeCloseTo(value, 5);
});

test('the slope of layers.leakyRelu is 0.3, that of the activation 0.2, as in Keras', async () => {
  expect((await outputOf(layers.leakyRelu(), [[-1]]))[0]).toBeCloseTo(-0.3, 6);
  expect((await outputOf(layers.activation('leakyRelu'), [[-1]]))[0]).toBeCloseTo(-0.2, 6);
});

describe('softmax', () => {
  it('adds up to 1 along any axis', async () => {
    const start = input({ shape: [2, 3] });
    const rows = [
      [
        [1, 2, 3],
        [4, 0, -1],
      ],
    ];
    for (const [axis, sums] of [
      [1, (at: readonly number[]) => [0, 1, 2].map((i) => at[i]! + at[i + 3]!)],
      [-1, (at: readonly number[]) => [at[0]! + at[1]! + at[2]!, at[3]! + at[4]! + at[5]!]],
    ] as const) {
      const model = functional({ inputs: start, outputs: call(layers.softmax({ axis }), start) });
      for (const sum of sums([...(await model.predict(rows)).data])) expect(sum).toBeCloseTo(1, 6);
    }
  });
});

test('numbers and axes out of range are refused', () => {
  const refused = expect.objectContaining({ code: 'LU_LAYER_OPTION' });
  expect(() => layers.relu({ maxValue: -1 })).toThrow(refused);
  expect(() => layers.elu({ alpha: Number.NaN })).toThrow(refused);
  expect(() => layers.softmax({ axis: 0 })).toThrow(refused);
  const start = input({ shape: [3] });
  expect(() => call(layers.softmax({ axis: 2 }), start)).toThrow(
    expect.objectContaining({ code: 'LU_MODEL_SHAPE' }),
  );
});

test('options that Keras has and Luthier has elsewhere are refused with what to do instead', () => {
  const fixOf = (make: () => unknown): string => {
    try {
      make();
    } catch (error) {
      return (error as { readonly fix: string }).fix;
    }
    return '';
  };
  expect(
    fixOf(() => layers.conv2d({ filters: 1, kernelSize: 1, dataFormat: 'channelsFirst' } as never)),
  ).toContain('layers.permute({ dims: [2, 3, 1] })');
  expect(fixOf(() => layers.dropout({ rate: 0.5, seed: 1 } as never))).toContain('seed of fit');
  expect(fixOf(() => layers.lstm({ units: 1, stateful: true } as never))).toContain('returnState');
});
