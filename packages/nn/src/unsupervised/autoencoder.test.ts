import { generator, randomKey } from '@luthier/core';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Tensor } from '../data/dataset.ts';
import { digits } from '../data/digits.ts';
import { minMax, standardize } from '../data/scaling.ts';
import { adam } from '../optimizers/adam.ts';
import { regularizers } from '../regularizers/regularizer.ts';
import { earlyStopping } from '../training/early-stopping.ts';
import { anomalyDetector } from './anomaly-detector.ts';
import { autoencoder, type FittedAutoencoder } from './autoencoder.ts';
import { pca } from './pca.ts';

const mean = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((sum, v) => sum + v, 0) / values.length;

/** The share of pairs of an outlier and an ordinary sample in which the outlier has the larger score. */
function areaUnderCurve(ordinary: ArrayLike<number>, outliers: ArrayLike<number>): number {
  let wins = 0;
  for (const a of Array.from(outliers)) {
    for (const b of Array.from(ordinary)) wins += a > b ? 1 : a === b ? 0.5 : 0;
  }
  return wins / (outliers.length * ordinary.length);
}

describe('autoencoder', () => {
  // Baldi and Hornik 1989: the best linear autoencoder reconstructs exactly as well as the principal components.
  test('[#93] without nonlinearity comes to the error of as many principal components, and never below', async () => {
    const random = generator(randomKey(3, 'linear'));
    const mix = Array.from({ length: 18 }, () => random.normal());
    const rows = Array.from({ length: 240 }, () => {
      const [a, b, c] = [random.normal(), 2 * random.normal(), 0.5 * random.normal()];
      return Array.from(
        { length: 6 },
        (_, j) => a * mix[j]! + b * mix[6 + j]! + c * mix[12 + j]! + 0.2 * random.normal(),
      );
    });
    const x = standardize().fit({ data: Float64Array.from(rows.flat()), shape: [240, 6] });
    const samples = x.transform({ data: Float64Array.from(rows.flat()), shape: [240, 6] });
    const best = mean(pca({ components: 2 }).fit(samples).reconstructionErrors(samples));
    const found = await autoencoder({
      code: 2,
      hidden: [],
      optimizer: adam({ learningRate: 0.02 }),
      epochs: 150,
      batchSize: 48,
      seed: 1,
    }).fit(samples);
    const error = mean(await found.reconstructionErrors(samples));
    expect(error).toBeGreaterThan(best * (1 - 1e-5));
    expect(error).toBeLessThan(best * 1.03);
    // The loss is the mean over samples and values.
    expect((await found.model.evaluate({ x: samples, y: samples })).loss).toBeCloseTo(error / 6, 5);
  });

  describe('of the digits', () => {
    let parts: { train: Tensor; validation: Tensor };
    let fitted: FittedAutoencoder;
    beforeAll(async () => {
      const { train, validation } = await digits();
      const scale = minMax().fit(train.x);
      parts = { train: scale.transform(train.x), validation: scale.transform(validation!.x) };
      const stop = earlyStopping({ monitor: 'valLoss', patience: 5, restoreBestWeights: true });
      fitted = await autoencoder({
        code: 12,
        hidden: [48],
        outputActivation: 'sigmoid',
        epochs: 60,
        seed: 2,
      }).fit(parts.train, { validation: parts.validation, callbacks: [stop] });
    });

    test('[#93] reconstructs digits it has not seen far better than their mean does', async () => {
      const errors = mean(await fitted.reconstructionErrors(parts.validation));
      const { data, shape } = parts.validation;
      const centre = new Float64Array(shape[1]!);
      for (const [i, value] of Array.from(data).entries()) centre[i % shape[1]!]! += value / shape[0]!;
      const variance =
        Array.from(data).reduce((sum, v, i) => sum + (v - centre[i % shape[1]!]!) ** 2, 0) / shape[0]!;
      expect(errors).toBeLessThan(0.4 * variance);
    });

    test('decodes its codes into its reconstructions', async () => {
      const codes = await fitted.encode(parts.validation);
      expect(codes.shape).toEqual([parts.validation.shape[0], 12]);
      const decoded = await fitted.decode(codes);
      const rebuilt = await fitted.reconstruct(parts.validation);
      expect(decoded.shape).toEqual(parts.validation.shape);
      for (let i = 0; i < rebuilt.data.length; i += 97)
        expect(decoded.data[i]).toBeCloseTo(rebuilt.data[i]!, 5);
    });

    test('refuses samples and codes of another width', async () => {
      await expect(fitted.encode([[1, 2]])).rejects.toThrow('samples have 2 values, in the fit they had 64');
      await expect(fitted.decode([[1, 2]])).rejects.toThrow('samples have 2 values');
    });
  });

  test('with the same seed has the same weights, and others with noise', async () => {
    const x = Array.from({ length: 20 }, (_, i) => [Math.sin(i), Math.cos(i), i / 20]);
    const train = async (options: object) =>
      (await autoencoder({ code: 1, hidden: [4], epochs: 3, ...options }).fit(x)).model.getWeights();
    expect(await train({ seed: 5 })).toEqual(await train({ seed: 5 }));
    expect(await train({ seed: 5 })).not.toEqual(await train({ seed: 6 }));
    expect(await train({ seed: 5, noise: 0.2 })).not.toEqual(await train({ seed: 5 }));
  });

  test('an L1 penalty makes codes smaller', async () => {
    const random = generator(randomKey(8, 'sparse'));
    const x = Array.from({ length: 100 }, () => Array.from({ length: 5 }, () => random.normal()));
    const size = async (options: object): Promise<number> => {
      const fitted = await autoencoder({
        code: 4,
        hidden: [],
        optimizer: adam({ learningRate: 0.02 }),
        seed: 1,
        ...options,
      }).fit(x);
      return mean((await fitted.encode(x)).data.map(Math.abs));
    };
    expect(await size({ codeRegularizer: regularizers.l1(0.1) })).toBeLessThan(0.8 * (await size({})));
  });

  test('refuses options out of range', async () => {
    expect(() => autoencoder({ code: 0 })).toThrow('code is 0');
    expect(() => autoencoder({ hidden: [3, 0] })).toThrow('hidden[1] is 0');
    expect(() => autoencoder({ hidden: 3 as unknown as number[] })).toThrow('hidden is 3, not an array');
    expect(() => autoencoder({ noise: -1 })).toThrow('noise is -1');
    expect(() => autoencoder({ codes: 2 } as object)).toThrow("did you mean 'code'?");
    await expect(autoencoder().fit([[1, Number.NaN]])).rejects.toThrow('column 1 is NaN');
  });
});

describe('anomalyDetector', () => {
  const random = generator(randomKey(11, 'ring'));
  /** Points near a bent sheet in ten dimensions; anomalies lie off it. */
  const sample = (off: number): number[] => {
    const [a, b] = [2 * Math.PI * random.uniform(), random.normal()];
    const sheet = [
      Math.cos(a),
      Math.sin(a),
      b,
      Math.cos(2 * a),
      Math.sin(2 * a),
      (b * b) / 2,
      a / 6,
      b / 2,
      0,
      1,
    ];
    return sheet.map((value) => value + off * random.normal());
  };
  const many = (count: number, off: number): number[][] => Array.from({ length: count }, () => sample(off));
  const [train, ordinary, test1, outliers] = [
    many(400, 0.05),
    many(200, 0.05),
    many(200, 0.05),
    many(60, 0.6),
  ];

  test.each([
    ['principal components', pca({ components: 5 }), 0.9, 30],
    ['an autoencoder', autoencoder({ code: 4, hidden: [32], epochs: 60, seed: 1 }), 0.97, 48],
  ])('[#93] by %s ranks injected outliers above ordinary samples', async (_, model, floor, found) => {
    const detector = await anomalyDetector({ model, contamination: 0.05 }).fit(train, ordinary);
    expect(areaUnderCurve(await detector.scores(test1), await detector.scores(outliers))).toBeGreaterThan(
      floor,
    );
    const called = await detector.predict(test1);
    const share = called.filter(Boolean).length / called.length;
    // Binomial with p near 0.05 and n 200: three standard deviations of both quantile and count are 0.065.
    expect(Math.abs(share - 0.05)).toBeLessThan(0.065);
    expect((await detector.predict(outliers)).filter(Boolean).length).toBeGreaterThan(found);
  });

  test('sets the threshold where the share of ordinary samples says', async () => {
    const line = Array.from({ length: 101 }, (_, i) => [i, i]);
    const off = Array.from({ length: 101 }, (_, i) => [i, i + i / 100]);
    const { threshold, scores } = await anomalyDetector({
      model: pca({ components: 1 }),
      contamination: 0.1,
    }).fit(line, off);
    // Off by d / sqrt(2) from the diagonal: the 90 % quantile of i is 90.
    expect(threshold).toBeCloseTo(0.9 ** 2 / 2, 8);
    expect((await scores(off))[100]).toBeCloseTo(0.5, 8);
  });

  test('refuses a share that is none', () => {
    expect(() => anomalyDetector({ model: pca(), contamination: 0 })).toThrow('contamination is 0');
    expect(() => anomalyDetector({ model: pca(), share: 0.1 } as never)).toThrow("no option 'share'");
  });
});
