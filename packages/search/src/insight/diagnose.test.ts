import { type EpochRecord, generator, randomKey, type Telemetry, type VerdictKind } from '@luthier/core';
import { describe, expect, it } from 'vitest';
import { diagnose } from './diagnose.ts';
import type { DiagnoseOptions } from './verdict.ts';

type Curve = (epoch: number) => number;

interface Shape {
  readonly epochs: number;
  readonly train: Curve;
  /** Training loss with dropout in force; default as in evaluation mode. */
  readonly trainDropout?: Curve;
  readonly validation?: Curve;
  readonly accuracy?: Curve;
  readonly valAccuracy?: Curve;
  readonly telemetry?: Partial<Telemetry>;
  readonly options?: DiagnoseOptions;
}

function run(shape: Shape): EpochRecord[] {
  return Array.from({ length: shape.epochs }, (_, epoch) => ({
    epoch,
    step: (epoch + 1) * 100,
    metrics: {
      loss: (shape.trainDropout ?? shape.train)(epoch),
      ...(shape.validation ? { valLoss: shape.validation(epoch) } : {}),
      ...(shape.accuracy ? { accuracy: shape.accuracy(epoch) } : {}),
      ...(shape.valAccuracy ? { valAccuracy: shape.valAccuracy(epoch) } : {}),
    },
    telemetry: {
      dataLoss: shape.train(epoch),
      penalty: 0,
      trainEvalLoss: shape.train(epoch),
      lossVariance: 0.01,
      gradientNorm: 1,
      weightNorm: 10,
      learningRate: 1e-3,
      ...shape.telemetry,
    },
  }));
}

/** From `start` towards `floor`, a factor e closer every `pace` epochs. */
const decay = (start: number, floor: number, pace: number): Curve => {
  return (epoch) => floor + (start - floor) * Math.exp(-epoch / pace);
};
const plus =
  (a: Curve, b: Curve): Curve =>
  (epoch) =>
    a(epoch) + b(epoch);
/** Noise, uniform in [-size, size], the same every time. */
const wiggle = (size: number): Curve => {
  return (epoch) => size * (2 * generator(randomKey(3, 'wiggle', epoch)).uniform() - 1);
};
const saw =
  (size: number): Curve =>
  (epoch) =>
    epoch % 2 === 0 ? size : -size;
const after =
  (start: number, slope: number): Curve =>
  (epoch) =>
    Math.max(0, epoch - start) * slope;

const digits = { chanceLoss: Math.log(10) };

const LABELLED: readonly (readonly [VerdictKind, string, Shape])[] = [
  [
    'overfit',
    'turns up early',
    {
      epochs: 20,
      train: decay(2, 0.01, 4),
      validation: plus(decay(2, 0.3, 3), after(6, 0.03)),
      options: digits,
    },
  ],
  [
    'overfit',
    'turns up late',
    {
      epochs: 50,
      train: decay(2, 0.02, 10),
      validation: plus(decay(2, 0.4, 8), after(25, 0.02)),
      options: digits,
    },
  ],
  [
    'overfit',
    'turns up with noise',
    {
      epochs: 30,
      train: plus(decay(2.2, 0.05, 5), wiggle(0.003)),
      validation: plus(plus(decay(2.2, 0.5, 4), after(10, 0.03)), wiggle(0.02)),
      options: digits,
    },
  ],
  [
    'overfit',
    'memorizes at once',
    {
      epochs: 12,
      train: decay(1.5, 0.001, 1),
      validation: plus(decay(1.8, 0.9, 2), after(3, 0.1)),
      options: digits,
    },
  ],
  [
    'overfit',
    'accuracy gap without a turn',
    {
      epochs: 20,
      train: decay(1.5, 0.1, 4),
      validation: decay(1.6, 0.45, 4),
      accuracy: (e) => 0.99 - 0.4 * Math.exp(-e / 3),
      valAccuracy: (e) => 0.88 - 0.4 * Math.exp(-e / 3),
      options: { ...digits, dropout: 0.2 },
    },
  ],
  [
    'overfit',
    'large loss gap',
    { epochs: 25, train: decay(2.2, 0.01, 4), validation: decay(2.25, 1, 4), options: digits },
  ],
  [
    'overfit',
    'binary, turns up',
    { epochs: 30, train: decay(0.69, 0.02, 6), validation: plus(decay(0.69, 0.3, 4), after(8, 0.02)) },
  ],
  [
    'underfit',
    'flat near chance',
    { epochs: 20, train: decay(2.3, 2.1, 2), validation: decay(2.3, 2.12, 2), options: digits },
  ],
  [
    'underfit',
    'plateau at 60 % of chance',
    { epochs: 40, train: decay(2.3, 1.4, 4), validation: decay(2.3, 1.45, 4), options: digits },
  ],
  [
    'underfit',
    'too much dropout',
    {
      epochs: 30,
      train: decay(2.3, 1.5, 3),
      trainDropout: decay(2.3, 1.9, 3),
      validation: decay(2.3, 1.52, 3),
      options: { ...digits, dropout: 0.5 },
    },
  ],
  [
    'underfit',
    'binary at chance',
    { epochs: 15, train: decay(0.7, 0.69, 2), validation: decay(0.7, 0.692, 2) },
  ],
  [
    'underfit',
    'with noise',
    {
      epochs: 25,
      train: plus(decay(2.3, 1.8, 3), wiggle(0.01)),
      validation: plus(decay(2.3, 1.83, 3), wiggle(0.02)),
      options: digits,
    },
  ],
  [
    'underfit',
    'regression without chance loss',
    { epochs: 30, train: decay(10, 7, 4), validation: decay(10.5, 7.3, 4) },
  ],
  [
    'good',
    'converges together',
    { epochs: 30, train: decay(2.3, 0.15, 4), validation: decay(2.3, 0.2, 4), options: digits },
  ],
  [
    'good',
    'digits at 98 %',
    {
      epochs: 20,
      train: decay(0.35, 0.03, 4),
      trainDropout: decay(0.7, 0.1, 4),
      validation: plus(decay(0.3, 0.068, 2), wiggle(0.001)),
      accuracy: (e) => 0.985 - 0.15 * Math.exp(-e / 3),
      valAccuracy: (e) => 0.98 - 0.05 * Math.exp(-e / 3),
      options: digits,
    },
  ],
  [
    'good',
    'with a little noise',
    {
      epochs: 40,
      train: plus(decay(2, 0.3, 5), wiggle(0.005)),
      validation: plus(decay(2, 0.36, 5), wiggle(0.01)),
      options: digits,
    },
  ],
  ['good', 'without validation', { epochs: 40, train: decay(2, 0.1, 4), options: digits }],
  [
    'good',
    'dropout makes the training loss look worse',
    {
      epochs: 30,
      train: decay(2, 0.2, 4),
      trainDropout: decay(2.3, 0.6, 4),
      validation: decay(2, 0.23, 4),
      options: digits,
    },
  ],
  ['good', 'regression', { epochs: 60, train: decay(10, 0.5, 5), validation: decay(10, 0.55, 5) }],
  [
    'diverged',
    'NaN in the middle',
    { epochs: 8, train: (e) => (e < 4 ? 2 - 0.1 * e : Number.NaN), validation: () => 2 },
  ],
  ['diverged', 'infinite at once', { epochs: 1, train: () => Number.POSITIVE_INFINITY }],
  [
    'diverged',
    'NaN in validation only',
    { epochs: 5, train: decay(2, 1, 3), validation: (e) => (e === 4 ? Number.NaN : 2) },
  ],
  [
    'diverged',
    'rises without end',
    { epochs: 10, train: (e) => 2.3 * 1.4 ** e, validation: (e) => 2.4 * 1.4 ** e, options: digits },
  ],
  [
    'diverged',
    'falls, then explodes',
    {
      epochs: 12,
      train: (e) => (e < 6 ? 2.3 - 0.2 * e : 2 * 2 ** (e - 6)),
      validation: () => 2.2,
      options: digits,
    },
  ],
  [
    'undertrained',
    'steep at the end',
    { epochs: 10, train: (e) => 2.2 - 0.17 * e, validation: (e) => 2.25 - 0.17 * e, options: digits },
  ],
  [
    'undertrained',
    'three epochs',
    { epochs: 3, train: decay(1.5, 0.2, 3), validation: decay(1.5, 0.25, 3), options: digits },
  ],
  [
    'undertrained',
    'slow exponential',
    { epochs: 15, train: decay(2.3, 0.05, 10), validation: decay(2.3, 0.1, 10), options: digits },
  ],
  [
    'undertrained',
    'without validation',
    { epochs: 10, train: decay(3, 0.01, 6), options: { chanceLoss: 3 } },
  ],
  [
    'undertrained',
    'with noise',
    {
      epochs: 12,
      train: plus(decay(2.3, 0.1, 8), wiggle(0.005)),
      validation: plus(decay(2.3, 0.15, 8), wiggle(0.005)),
      options: digits,
    },
  ],
  [
    'noisy',
    'saw-tooth in validation',
    { epochs: 20, train: decay(2, 0.4, 4), validation: plus(decay(2, 0.5, 4), saw(0.1)), options: digits },
  ],
  [
    'noisy',
    'saw-tooth in both',
    {
      epochs: 24,
      train: plus(decay(2, 0.6, 3), saw(0.15)),
      validation: plus(decay(2, 0.7, 3), saw(0.15)),
      options: digits,
    },
  ],
  [
    'noisy',
    'large wiggle',
    {
      epochs: 30,
      train: plus(decay(2, 0.5, 3), wiggle(0.2)),
      validation: plus(decay(2, 0.6, 3), wiggle(0.25)),
      options: digits,
    },
  ],
  ['noisy', 'without validation', { epochs: 20, train: plus(decay(2, 0.6, 3), saw(0.12)), options: digits }],
  [
    'slow',
    'straight in log-log',
    {
      epochs: 20,
      train: (e) => 2.3 * (e + 1) ** -0.08,
      validation: (e) => 2.32 * (e + 1) ** -0.08,
      options: { ...digits, learningRate: 1e-5 },
    },
  ],
  [
    'slow',
    'a crawl',
    { epochs: 30, train: (e) => 2.3 - 0.012 * e, validation: (e) => 2.31 - 0.012 * e, options: digits },
  ],
  [
    'shift',
    'constant gap from the start',
    {
      epochs: 20,
      train: decay(1.5, 0.5, 4),
      validation: plus(decay(1.5, 0.5, 4), () => 1.2),
      options: digits,
    },
  ],
  [
    'shift',
    'constant gap, converged',
    { epochs: 30, train: decay(1, 0.3, 2), validation: plus(decay(1.1, 0.3, 2), () => 1), options: digits },
  ],
  [
    'easyValidation',
    'validation is a leak',
    { epochs: 30, train: decay(2, 0.5, 4), validation: decay(1.8, 0.2, 4), options: digits },
  ],
  [
    'penaltyDominates',
    'penalty of 3',
    {
      epochs: 10,
      train: decay(2.3, 1, 3),
      validation: decay(2.3, 1.05, 3),
      telemetry: { penalty: 3 },
      options: { ...digits, l2: 0.1 },
    },
  ],
  [
    'dying',
    'dead units',
    {
      epochs: 10,
      train: decay(2.3, 2, 3),
      validation: decay(2.3, 2, 3),
      telemetry: { deadUnits: 0.8 },
      options: digits,
    },
  ],
  ['unclear', 'one epoch', { epochs: 1, train: () => 1, validation: () => 1, options: digits }],
  [
    'unclear',
    'two epochs',
    { epochs: 2, train: decay(2, 1, 1), validation: decay(2, 1, 1), options: digits },
  ],
];

describe('diagnosis of labelled histories', () => {
  it.each(LABELLED)('[#35] [#36] %s: %s', (label, _name, shape) => {
    const found = diagnose(run(shape), shape.options);
    expect(found.verdict, found.text).toBe(label);
    expect(found.confidence).toBeGreaterThanOrEqual(0.5);
    expect(found.confidence).toBeLessThan(1);
    expect(Object.keys(found.evidence).length).toBeGreaterThan(0);
  });
  it('[#35] covers at least 30 histories and every verdict', () => {
    expect(LABELLED.length).toBeGreaterThanOrEqual(30);
    expect(new Set(LABELLED.map(([label]) => label)).size).toBe(12);
  });
});

describe('advice', () => {
  const of = (name: string) => {
    const [, , shape] = LABELLED.find(([, title]) => title === name)!;
    return diagnose(run(shape), shape.options);
  };
  it('[#30] [#99] against overfitting begins with dropout, L2 and early stopping', () => {
    const { advice, text } = of('accuracy gap without a turn');
    expect(advice.slice(0, 3).map(({ target }) => target)).toEqual(['dropout', 'l2', 'earlyStopping']);
    expect(text).toBe('overfits: gap 0.11 in accuracy; try dropout 0.3');
  });
  it('[#30] against underfitting reduces dropout first', () => {
    expect(of('too much dropout').advice[0]).toMatchObject({
      target: 'dropout',
      change: 'decrease',
      value: 0.4,
    });
  });
  it('[#34] has nothing to say about the optimizer of a healthy run', () => {
    for (const [label, , shape] of LABELLED) {
      if (label !== 'good') continue;
      expect(diagnose(run(shape), shape.options).advice).toEqual([]);
    }
  });
  it('[#22] advises more epochs when the best epoch is the last', () => {
    expect(of('steep at the end').advice[0]).toMatchObject({
      target: 'epochs',
      change: 'increase',
      value: 20,
    });
  });
  it('names the next learning rate when it knows the present one', () => {
    expect(of('straight in log-log').advice[0]).toMatchObject({ target: 'learningRate', value: 1e-4 });
  });
  it('says that there is not enough data without an epoch', () => {
    expect(diagnose([])).toMatchObject({
      verdict: 'unclear',
      text: 'not enough data: no epoch was finished',
    });
  });
});
