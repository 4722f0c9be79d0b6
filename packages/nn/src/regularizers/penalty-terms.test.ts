import { describe, expect, it } from 'vitest';
import { multiply } from '../graph/ops/arithmetic.ts';
import { input } from '../graph/ops/sources.ts';
import { expectGradient, expectValue } from '../graph/testing.ts';
import { layers } from '../layers/layers.ts';
import { optimizers } from '../optimizers/optimizers.ts';
import { sequential } from '../training/sequential.ts';
import { penaltyTerms } from './penalty-terms.ts';
import { type Regularizer, regularizers } from './regularizer.ts';

const matrix = [1, 2, 0, 0.5, -1, 2];
// Float64, by a Python script from the formula of Keras' OrthogonalRegularizer.
const ofRows = 0.29277002188455997;
const ofColumns = 0.4981423969999719;

describe('penalties', () => {
  it.each([
    ['l1', 6.5],
    ['l2', 10.25],
    ['orthogonalRows', ofRows],
    ['orthogonalColumns', ofColumns],
  ] as const)(
    '%s has its value by hand and the gradient of finite differences [#60]',
    async (part, expected) => {
      const w = input('w', 'float32', [2, 3]);
      const [term] = penaltyTerms({ [part]: 1 } as Regularizer, w).map(([, node]) => node);
      await expectValue(term!, { w: matrix }, [expected]);
      // A weight of 0 has no slope in L1; elsewhere every weight moves the value.
      const away = matrix.map((value) => (value === 0 ? 0.25 : value));
      await expectGradient(multiply(term!, 3), { w: away });
    },
  );

  it('a zero row is orthogonal to all and has a finite gradient', async () => {
    const w = input('w', 'float32', [2, 2]);
    const [term] = penaltyTerms({ orthogonalRows: 1 }, w).map(([, node]) => node);
    await expectValue(term!, { w: [0, 0, 1, 2] }, [0]);
  });

  it.each([
    ['rows', ofRows],
    ['columns', ofColumns],
  ] as const)(
    'an orthogonal kernel penalty over %s looks at the kernel as its owner does',
    async (mode, cosine) => {
      const model = sequential([
        layers.dense({
          units: 3,
          inputShape: [2],
          name: 'd',
          useBias: false,
          kernelRegularizer: regularizers.orthogonal({ factor: 2, mode }),
        }),
      ]).compile({ loss: 'meanSquaredError' });
      model.setWeights({ 'd.kernel': Float32Array.from(matrix) });
      const { loss } = await model.evaluate({ x: [[0, 0]], y: [[0, 0, 0]] });
      expect(loss).toBeCloseTo(2 * cosine, 6);
    },
  );

  it('an orthogonal penalty makes the units of a layer orthogonal', async () => {
    const model = sequential(
      [
        layers.dense({
          units: 3,
          inputShape: [4],
          name: 'd',
          useBias: false,
          kernelRegularizer: regularizers.orthogonal({ factor: 1, mode: 'columns' }),
        }),
      ],
      { seed: 2 },
    ).compile({ loss: 'meanSquaredError', optimizer: optimizers.sgd({ learningRate: 0.02 }) });
    const none = (width: number): number[][] => Array.from({ length: 64 }, () => Array(width).fill(0));
    const data = { x: none(4), y: none(3) };
    const before = (await model.evaluate(data)).loss!;
    await model.fit(data, { epochs: 20, batchSize: 1 });
    expect(before).toBeGreaterThan(0.1);
    expect((await model.evaluate(data)).loss).toBeLessThan(0.02);
  });

  it('has the defaults of Keras and refuses what it cannot be put on', () => {
    expect(regularizers.orthogonal()).toEqual({ orthogonalRows: 0.01 });
    expect(regularizers.orthogonal({ mode: 'columns', factor: 1 })).toEqual({ orthogonalColumns: 1 });
    expect(() => regularizers.orthogonal({ factor: -1 })).toThrow(/factor is -1/);
    expect(() => regularizers.orthogonal({ mode: 'row' as never })).toThrow(/mode is 'row'/);
    expect(() => regularizers.orthogonal({ facto: 1 } as object)).toThrow(/did you mean 'factor'/);
    const model = (options: object): unknown =>
      sequential([layers.dense({ units: 2, inputShape: [1], ...options })]);
    const code = 'LU_REGULARIZER_SHAPE';
    const refused = expect.objectContaining({ code });
    for (const options of [
      { biasRegularizer: 'orthogonal' },
      { kernelRegularizer: 'orthogonal' },
      { activityRegularizer: 'orthogonal' },
    ]) {
      expect(() => model(options)).toThrow(refused);
    }
  });
});
