import { describe, expect, it } from 'vitest';
import { planModel } from '../training/plan.ts';
import type { Layer } from './layer.ts';
import { layers } from './layers.ts';

const CASES: readonly (readonly [string, Layer, readonly number[]])[] = [
  ['dense', layers.dense({ units: 3 }), [4]],
  ['conv1d', layers.conv1d({ filters: 2, kernelSize: 3 }), [6, 2]],
  ['conv2d', layers.conv2d({ filters: 2, kernelSize: 3 }), [6, 6, 2]],
  ['simpleRnn', layers.simpleRnn({ units: 3 }), [5, 2]],
  ['lstm', layers.lstm({ units: 3 }), [5, 2]],
  ['gru', layers.gru({ units: 3 }), [5, 2]],
];

describe('weights begin as in Keras', () => {
  it.each(CASES)(
    '%s: kernels Glorot uniform, biases zero, recurrent kernels orthogonal',
    (_name, layer, shape) => {
      const { weights } = planModel([layers.input({ shape }), layer]);
      const found = new Map(weights.map(({ name, initializer }) => [name, initializer.kind] as const));
      expect(found.get('kernel')).toBe('glorotUniform');
      expect(found.get('bias')).toBe('zeros');
      if (found.has('recurrentKernel')) expect(found.get('recurrentKernel')).toBe('orthogonal');
    },
  );
});
