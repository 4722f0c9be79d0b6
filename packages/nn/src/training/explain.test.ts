import { findCard } from '@luthier/core';
import { describe, expect, it } from 'vitest';
import { layers } from '../layers/layers.ts';
import { optimizers } from '../optimizers/optimizers.ts';
import { regularizers } from '../regularizers/regularizer.ts';
import { mnistMlp } from '../zoo/mnist-mlp.ts';
import { explanationText } from './explain.ts';
import { functional } from './functional.ts';
import { sequential } from './sequential.ts';
import { call, input } from './symbolic.ts';

const create = (): ReturnType<typeof sequential> =>
  sequential([
    layers.dense({
      units: 8,
      activation: 'relu',
      inputShape: [4],
      name: 'hidden',
      kernelRegularizer: regularizers.l2(0.01),
    }),
    layers.dropout({ rate: 0.5, name: 'drop' }),
    layers.batchNormalization({ name: 'bn' }),
    layers.dense({ units: 2, activation: 'softmax', name: 'out', trainable: false }),
  ]).compile({ optimizer: optimizers.adam({ learningRate: 0.01 }), loss: 'categoricalCrossentropy' });

describe('explain', () => {
  it('[#1] tells parameters, which training changes, from hyperparameters, which it does not', async () => {
    const model = create();
    const before = model.explain();
    const weights = model.getWeights();
    await model.fit(
      {
        x: [
          [1, 2, 3, 4],
          [4, 3, 2, 1],
        ],
        y: [0, 1],
      },
      { epochs: 2 },
    );
    expect(model.explain()).toEqual(before);
    expect(model.getWeights()['hidden.kernel']).not.toEqual(weights['hidden.kernel']);
    expect(before.parameters.map(({ name, count }) => [name, count])).toContainEqual(['hidden.kernel', 32]);
    const { parameters } = before;
    expect(parameters.reduce((sum, { count }) => sum + count, 0)).toBe(model.countParams());
    expect(parameters.find(({ name }) => name === 'bn.movingMean')!.isTrainable).toBe(false);
    expect(parameters.find(({ name }) => name === 'out.kernel')!.isTrainable).toBe(false);
    expect(parameters.find(({ name }) => name === 'bn.gamma')!.isTrainable).toBe(true);
  });

  it('[#1] every hyperparameter has its value and its help card', () => {
    const { hyperparameters } = create().explain();
    const of = (name: string): (typeof hyperparameters)[number] =>
      hyperparameters.find((one) => one.name === name)!;
    expect(of('learningRate')).toMatchObject({ value: 0.01, canMove: true, card: findCard('learningRate') });
    expect(of('drop.rate')).toMatchObject({ value: 0.5, canMove: true, card: findCard('dropout') });
    expect(of('hidden.units')).toMatchObject({ value: 8, canMove: false, card: findCard('units') });
    expect(of('hidden.kernelRegularizer.l2')).toMatchObject({
      value: 0.01,
      canMove: true,
      card: findCard('l2'),
    });
    expect(of('hidden.activation').card).toBe(findCard('activation'));
    expect(of('optimizer').value).toBe('adam');
    for (const name of ['learningRate', 'drop.rate', 'hidden.units', 'hidden.kernelRegularizer.l2']) {
      expect(of(name).card).toBeDefined();
    }
  });

  it('is two tables of text', () => {
    const text = explanationText(create().explain());
    expect(text).toMatch(/hidden\.kernel +\[4, 8\] +32 +by the optimizer/);
    expect(text).toMatch(/drop\.rate +0\.5 +\S/);
  });
});

describe('summary', () => {
  it('counts parameters, shapes and memory: four bytes a number', () => {
    const text = mnistMlp({ dropout: 0.2 })
      .compile({ optimizer: 'adam', loss: 'categoricalCrossentropy' })
      .summary();
    expect(text).toMatch(/Total parameters: 468,874/);
    // 468,874 x 4; two moments each; 784 twice, 512 twice, 128 twice and 10 outputs a sample.
    expect(text).toMatch(
      /Memory: 1\.9 MB of parameters, 3\.8 MB of states of adam, 11\.4 kB of activations a sample/,
    );
    expect((784 * 2 + 512 * 2 + 128 * 2 + 10) * 4).toBe(11_432);
  });

  it('says what comes before each layer where they do not stand in a row', () => {
    const a = input({ shape: [4], name: 'a' });
    const shared = layers.dense({ units: 4, name: 'shared' });
    const model = functional({
      inputs: a,
      outputs: call(layers.add({ name: 'sum' }), a, call(shared, call(shared, a))),
    });
    expect(model.summary()).toMatch(/shared \(dense\) +\[batch, 4\] +20 {2}a; shared/);
    expect(model.summary()).toMatch(/sum \(add\) +\[batch, 4\] +0 {2}a, shared/);
  });
});
