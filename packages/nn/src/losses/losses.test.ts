import { describe, it } from 'vitest';
import { interpret } from '../graph/interpret.ts';
import type { Node } from '../graph/node.ts';
import { sigmoid } from '../graph/ops/elementwise.ts';
import { softmax } from '../graph/ops/softmax.ts';
import { constant, input } from '../graph/ops/sources.ts';
import { expectGradient, expectValue, graphOf } from '../graph/testing.ts';
import type { Loss } from './loss.ts';
import { losses } from './losses.ts';

type Rows = readonly (readonly number[])[];
type Ending = (x: Node) => Node;

const asIs: Ending = (x) => x;
const shapeOf = (rows: Rows): readonly number[] => [rows.length, rows[0]!.length];

/** The loss of rows of outputs `p`, after an ending such as softmax. */
function ofRows(loss: Loss, y: Rows, p: Rows, ending = asIs): readonly [Node, { p: readonly number[] }] {
  const output = ending(input('p', 'float32', shapeOf(p)));
  return [loss.mean(output, constant(y.flat(), shapeOf(y)), 'values'), { p: p.flat() }];
}

/** The same for integer labels. */
function ofLabels(loss: Loss, y: readonly number[], p: Rows, ending = asIs): ReturnType<typeof ofRows> {
  const output = ending(input('p', 'float32', shapeOf(p)));
  return [loss.mean(output, constant(y, [y.length], 'int32'), 'labels'), { p: p.flat() }];
}

const real = {
  y: [
    [1, -2],
    [0.5, 3],
  ],
  p: [
    [1.5, -0.25],
    [-1, 3.125],
  ],
};
const counts = {
  y: [
    [1, 2],
    [0.5, 3],
  ],
  p: [
    [1.5, 0.25],
    [2, 3.125],
  ],
};
const sides = {
  y: [
    [-1, 1],
    [1, -1],
  ],
  p: [
    [0.25, 0.5],
    [-1.5, -2],
  ],
};
const shares = {
  y: [
    [0.2, 0.3, 0.5],
    [0.7, 0.2, 0.1],
  ],
  p: [
    [0.3, 0.3, 0.4],
    [0.5, 0.25, 0.25],
  ],
};
const chosen = {
  y: [
    [0, 1, 0],
    [0, 0, 1],
  ],
  p: [
    [0.25, -0.5, 1.5],
    [0.125, 0.5, 2],
  ],
};
const masks = {
  y: [
    [1, 0, 1],
    [0, 0, 1],
  ],
  p: [
    [0.75, 0.25, 0.5],
    [0.125, 0.5, 1],
  ],
};
const classLogits: Rows = [
  [1, 2, 0.5],
  [-1, 0.25, 3],
];
const labels = [2, 0];
const yesLogits = {
  y: [
    [0, 1],
    [1, 0],
  ],
  p: [
    [0.5, -2],
    [3, -0.25],
  ],
};
const documented = {
  y: [
    [0, 1],
    [0, 0],
  ],
  p: [
    [0.6, 0.4],
    [0.4, 0.6],
  ],
};

/** Computed in float64 from the formulas by a Python script that knows nothing of this code. */
const byHand: readonly (readonly [string, Loss, { y: Rows; p: Rows }, number])[] = [
  ['meanSquaredError', losses.meanSquaredError(), real, 1.39453125],
  ['meanAbsoluteError', losses.meanAbsoluteError(), real, 0.96875],
  ['meanAbsolutePercentageError', losses.meanAbsolutePercentageError(), real, 110.41666666666667],
  ['huber', losses.huber(), real, 0.595703125],
  ['huber with delta 0.25', losses.huber({ delta: 0.25 }), real, 0.212890625],
  ['logCosh', losses.logCosh(), real, 0.5174875387509119],
  ['cosineSimilarity', losses.cosineSimilarity(), real, -0.7387661342461774],
  ['meanSquaredLogarithmicError', losses.meanSquaredLogarithmicError(), counts, 0.3244096158681134],
  ['poisson', losses.poisson(), counts, 1.3693115466550116],
  ['hinge', losses.hinge(), sides, 1.0625],
  ['squaredHinge', losses.squaredHinge(), sides, 2.015625],
  ['categoricalHinge', losses.categoricalHinge(), chosen, 1.5],
  ['klDivergence', losses.klDivergence(), shares, 0.06487576811003179],
  ['dice', losses.dice(), masks, 0.26530613444398154],
  ['dice by sample', losses.dice({ axis: [1] }), masks, 0.26190478662131433],
  ['tversky', losses.tversky({ alpha: 0.7, beta: 0.3 }), masks, 0.2592592836457849],
];

const logitCases: readonly (readonly [string, (fromLogits: boolean) => Loss, number])[] = [
  ['binaryCrossentropy', (fromLogits) => losses.binaryCrossentropy({ fromLogits }), 0.9313829416689163],
  [
    'binaryCrossentropy, smoothed',
    (fromLogits) => losses.binaryCrossentropy({ fromLogits, labelSmoothing: 0.2 }),
    0.9501329416689164,
  ],
  [
    'binaryFocalCrossentropy',
    (fromLogits) => losses.binaryFocalCrossentropy({ fromLogits }),
    0.5345001387175426,
  ],
  [
    'binaryFocalCrossentropy, balanced',
    (fromLogits) => losses.binaryFocalCrossentropy({ fromLogits, applyClassBalancing: true, gamma: 1.5 }),
    0.2308962651689361,
  ],
];

const classCases: readonly (readonly [string, (fromLogits: boolean) => Loss, number])[] = [
  [
    'categoricalCrossentropy',
    (fromLogits) => losses.categoricalCrossentropy({ fromLogits }),
    3.021702492756022,
  ],
  [
    'categoricalCrossentropy, smoothed',
    (fromLogits) => losses.categoricalCrossentropy({ fromLogits, labelSmoothing: 0.1 }),
    2.9008691594226885,
  ],
  [
    'sparseCategoricalCrossentropy',
    (fromLogits) => losses.sparseCategoricalCrossentropy({ fromLogits }),
    3.021702492756022,
  ],
  [
    'categoricalFocalCrossentropy',
    (fromLogits) => losses.categoricalFocalCrossentropy({ fromLogits }),
    0.6742700914278776,
  ],
  [
    'categoricalFocalCrossentropy, smoothed',
    (fromLogits) =>
      losses.categoricalFocalCrossentropy({ fromLogits, labelSmoothing: 0.2, alpha: 1, gamma: 0.5 }),
    2.686276849127652,
  ],
];

const softmaxRows = classLogits.map((row) => {
  const total = row.reduce((sum, v) => sum + Math.exp(v), 0);
  return row.map((v) => Math.exp(v) / total);
});
const sigmoidRows = yesLogits.p.map((row) => row.map((v) => 1 / (1 + Math.exp(-v))));

describe('losses', () => {
  it.each(byHand)('%s has its value by hand', async (_, loss, { y, p }, expected) => {
    await expectValue(...ofRows(loss, y, p), [expected]);
  });

  it.each(byHand)('%s has the gradient of finite differences [#60]', async (_, loss, { y, p }) => {
    await expectGradient(...ofRows(loss, y, p));
  });

  it.each(logitCases)(
    '%s is the same from logits, after a sigmoid and from probabilities',
    async (_, create, expected) => {
      await expectValue(...ofRows(create(true), yesLogits.y, yesLogits.p), [expected]);
      await expectValue(...ofRows(create(false), yesLogits.y, yesLogits.p, sigmoid), [expected]);
      await expectValue(...ofRows(create(false), yesLogits.y, sigmoidRows), [expected]);
      await expectGradient(...ofRows(create(true), yesLogits.y, yesLogits.p));
      await expectGradient(...ofRows(create(false), yesLogits.y, sigmoidRows));
    },
  );

  it.each(classCases)(
    '%s is the same from logits, after a softmax and from probabilities',
    async (_, create, expected) => {
      await expectValue(...ofLabels(create(true), labels, classLogits), [expected]);
      await expectValue(...ofLabels(create(false), labels, classLogits, softmax), [expected]);
      await expectValue(...ofLabels(create(false), labels, softmaxRows), [expected]);
      await expectGradient(...ofLabels(create(true), labels, classLogits));
      await expectGradient(...ofLabels(create(false), labels, shares.p));
      const oneHot = labels.map((label) => [0, 1, 2].map((i) => Number(i === label)));
      if (create(true).targets.includes('values')) {
        await expectValue(...ofRows(create(true), oneHot, classLogits), [expected]);
      }
    },
  );

  it('klDivergence after a softmax agrees with the one from probabilities', async () => {
    const [fused] = ofRows(losses.klDivergence(), shares.y, classLogits, softmax);
    const [plain] = ofRows(losses.klDivergence(), shares.y, softmaxRows);
    const value = interpret(graphOf({ plain }), { p: softmaxRows.flat() }).plain!.data;
    await expectValue(fused, { p: classLogits.flat() }, value, 1e-6);
    await expectGradient(fused, { p: classLogits.flat() });
  });

  // Examples in the documentation of keras.losses (Keras 3), printed there with three to eight digits.
  it.each([
    ['binaryCrossentropy', losses.binaryCrossentropy(), documented, (0.916 + 0.714) / 2, 1e-3],
    ['binaryFocalCrossentropy', losses.binaryFocalCrossentropy(), documented, (0.33 + 0.206) / 2, 1e-3],
    ['huber', losses.huber(), documented, 0.155, 1e-3],
    [
      'categoricalCrossentropy',
      losses.categoricalCrossentropy(),
      {
        y: chosen.y,
        p: [
          [0.05, 0.95, 0],
          [0.1, 0.8, 0.1],
        ],
      },
      2.3543 / 2,
      1e-3,
    ],
    [
      'categoricalFocalCrossentropy',
      losses.categoricalFocalCrossentropy(),
      {
        y: chosen.y,
        p: [
          [0.05, 0.9, 0.05],
          [0.1, 0.85, 0.05],
        ],
      },
      (2.63401289e-4 + 6.75912094e-1) / 2,
      1e-6,
    ],
    [
      'logCosh',
      losses.logCosh(),
      {
        y: [
          [0, 1],
          [0, 0],
        ],
        p: [
          [1, 1],
          [0, 0],
        ],
      },
      0.108,
      1e-3,
    ],
    [
      'cosineSimilarity',
      losses.cosineSimilarity(),
      {
        y: [
          [0, 1],
          [1, 1],
          [1, 1],
        ],
        p: [
          [1, 0],
          [1, 1],
          [-1, -1],
        ],
      },
      0,
      1e-6,
    ],
  ] as const)('%s gives the documented example of Keras', async (_, loss, { y, p }, expected, tolerance) => {
    await expectValue(...ofRows(loss, y, p), [expected], tolerance);
  });

  it('hinges take 0 and 1 for -1 and 1', async () => {
    const zeroOne = sides.y.map((row) => row.map((v) => (v + 1) / 2));
    await expectValue(...ofRows(losses.hinge(), zeroOne, sides.p), [1.0625]);
    await expectValue(...ofRows(losses.squaredHinge(), zeroOne, sides.p), [2.015625]);
    await expectValue(...ofLabels(losses.categoricalHinge(), [1, 2], chosen.p), [1.5]);
  });

  it('tversky with equal weights of one half is dice', async () => {
    await expectValue(...ofRows(losses.tversky(), masks.y, masks.p), [0.265306146438983]);
  });
});
