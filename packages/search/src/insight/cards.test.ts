import {
  analogies,
  cardGroups,
  cardOf,
  cards,
  type EpochRecord,
  findCard,
  LuthierError,
  parametersAndHyperparameters,
} from '@luthier/core';
import { describe, expect, it } from 'vitest';
import { cardAdvice, nextValue } from './card-advice.ts';
import { diagnose } from './diagnose.ts';
import type { Advice, DiagnoseOptions, Verdict } from './verdict.ts';

describe('help cards', () => {
  it.each(cards.map((card) => [card.name, card] as const))(
    '[#9] %s says what it does, how too low and too high look, and where to begin',
    (_name, card) => {
      expect(card.what.length).toBeGreaterThan(20);
      expect(card.tip.length).toBeGreaterThan(20);
      for (const symptom of [card.tooLow, card.tooHigh]) {
        expect(symptom.text.length).toBeGreaterThan(20);
        expect(symptom.looksLike.length).toBeGreaterThan(0);
        expect(symptom.looksLike).not.toContain('good');
      }
      expect(card.tooLow.text).not.toBe(card.tooHigh.text);
      const { range } = card;
      if (range.kind === 'choice') expect(range.values).toContain(card.default);
      else {
        expect(range.min).toBeLessThan(range.max);
        expect(card.default).toBeGreaterThanOrEqual(range.min);
        expect(card.default).toBeLessThanOrEqual(range.max);
        expect(card.scale).not.toBe('none');
        if (card.scale === 'log') expect(range.min).toBeGreaterThan(0);
      }
    },
  );
  it('[#10] every card has one of the four groups, and no group is empty', () => {
    expect(Object.keys(cardGroups)).toEqual(['optimization', 'architecture', 'regularization', 'data']);
    for (const group of Object.keys(cardGroups)) {
      expect(
        cards.some((card) => card.group === group),
        group,
      ).toBe(true);
    }
    expect(cards.filter((card) => !(card.group in cardGroups))).toEqual([]);
  });
  it('[#9] cover the hyperparameters of the lessons with their ranges', () => {
    const range = (name: string) => cardOf(name).range;
    expect(range('learningRate')).toEqual({ kind: 'float', min: 1e-4, max: 1e-1 });
    expect(range('batchSize')).toEqual({ kind: 'choice', values: [32, 64, 128, 256, 512] });
    expect(range('epochs')).toEqual({ kind: 'int', min: 10, max: 50 });
    expect(range('dropout')).toEqual({ kind: 'float', min: 0.1, max: 0.5, step: 0.1 });
    for (const name of ['l1', 'l2']) expect(range(name)).toEqual({ kind: 'float', min: 1e-6, max: 1e-2 });
    expect(cardOf('learningRate')).toMatchObject({ default: 1e-3, scale: 'log' });
    expect(range('optimizer')).toMatchObject({ values: ['sgd', 'rmsprop', 'adam'] });
    const named = 'hiddenLayers units activation weightDecay momentum initializer earlyStoppingPatience';
    const more = 'learningRateSchedule batchNormalization gradientClipping labelSmoothing';
    const rest =
      'maxNorm noise recurrentDropout weightAveraging gradientAccumulation mixup cutmix classWeight';
    for (const name of `${named} ${more} ${rest}`.split(' ')) expect(findCard(name)?.name).toBe(name);
  });
  it('are found by aliases and by numbered names, and no two share a name', () => {
    expect(findCard('learning_rate')?.name).toBe('learningRate');
    expect(findCard('LR')?.name).toBe('learningRate');
    expect(findCard('hidden1')?.name).toBe('units');
    expect(findCard('dropout2')?.name).toBe('dropout');
    expect(findCard('l2')?.name).toBe('l2');
    expect(findCard('depth')?.name).toBe('hiddenLayers');
    expect(findCard('colour')).toBeUndefined();
    const names = cards.flatMap((card) => [card.name.toLowerCase(), ...card.aliases]);
    expect(new Set(names).size).toBe(names.length);
    expect(names.filter((name) => name !== name.toLowerCase().replace(/[\s_-]/g, ''))).toEqual([]);
  });
  it('that do not exist are refused with the nearest name', () => {
    expect(() => cardOf('dropuot')).toThrow(LuthierError);
    expect(() => cardOf('dropuot')).toThrow("no hyperparameter is called 'dropuot'; did you mean 'dropout'?");
  });
});

describe('texts of the lessons', () => {
  it('[#5] [#6] the house and the cake stand for parameters and hyperparameters', () => {
    const [house, cake] = analogies;
    expect(house!.parameters).toMatch(/brick.*wood.*cement/);
    expect(house!.hyperparameters).toMatch(/blueprint.*rooms.*layout.*design/);
    expect(cake!.hyperparameters).toMatch(/temperature.*time.*quantities/);
    expect(cake!.text).toMatch(/best/);
  });
  it('[#7] a table sets parameters beside hyperparameters', () => {
    const answers = (question: string) =>
      parametersAndHyperparameters.find((row) => row.question === question);
    expect(answers('Learned during training?')).toMatchObject({ parameters: 'yes', hyperparameters: 'no' });
    expect(answers('Set before training?')!.hyperparameters).toMatch(/^yes/);
    expect(answers('Examples')!.parameters).toBe('weights, biases');
    expect(answers('Examples')!.hyperparameters).toMatch(/learning rate, batch size, epochs/);
    expect(answers('Role')).toBeDefined();
  });
});

/** A run of any shape; both losses as functions of the epoch. */
function run(
  epochs: number,
  train: (epoch: number) => number,
  validation: (epoch: number) => number,
  telemetry: Partial<EpochRecord['telemetry']> = {},
): EpochRecord[] {
  return Array.from({ length: epochs }, (_, epoch) => ({
    epoch,
    step: 100 * (epoch + 1),
    metrics: { loss: train(epoch), valLoss: validation(epoch) },
    telemetry: {
      dataLoss: train(epoch),
      penalty: 0,
      trainEvalLoss: train(epoch),
      lossVariance: 0,
      gradientNorm: 1,
      weightNorm: 10,
      learningRate: 1e-3,
      ...telemetry,
    },
  }));
}

const falling = (floor: number) => (epoch: number) => floor + (2.3 - floor) * Math.exp(-epoch / 4);
const turning = (epoch: number): number => falling(0.3)(epoch) + 0.05 * Math.max(0, epoch - 6);
const sawtooth = (epoch: number): number => falling(0.5)(epoch) + (epoch % 2 === 0 ? 0.15 : -0.15);
const creeping = (epoch: number): number => 2.3 * (epoch + 1) ** -0.08;
const RUNS: Readonly<Record<string, readonly EpochRecord[]>> = {
  diverged: run(4, () => Number.NaN, falling(1)),
  penaltyDominates: run(10, falling(1), falling(1.05), { penalty: 3 }),
  dying: run(10, falling(2), falling(2), { deadUnits: 0.8 }),
  unclear: run(1, falling(1), falling(1)),
  noisy: run(20, sawtooth, sawtooth),
  overfit: run(20, falling(0.01), turning),
  slow: run(20, creeping, creeping),
  underfit: run(20, falling(2), falling(2.02)),
  undertrained: run(
    8,
    (epoch) => 2.2 - 0.2 * epoch,
    (epoch) => 2.25 - 0.2 * epoch,
  ),
};
const KNOWN: readonly DiagnoseOptions[] = [
  {},
  { chanceLoss: Math.log(10), learningRate: 1e-3, dropout: 0.3, l2: 1e-3 },
  { learningRate: 1e-1, dropout: 0.5, l2: 1e-2 },
  { learningRate: 1e-4, dropout: 0.1, l2: 1e-6 },
  { size: { parameters: 468_874, samples: 1000 }, weightDecay: 0.004 },
];

describe('diagnosis and cards', () => {
  const words = ({ target, change, value }: Advice): string => cardAdvice(target, change, value).text;
  const symptoms = ({ verdict }: Verdict, { target, change }: Advice): boolean => {
    const { tooLow, tooHigh } = cardOf(target);
    const low = tooLow.looksLike.includes(verdict);
    const high = tooHigh.looksLike.includes(verdict);
    return change === 'increase' ? low : change === 'decrease' ? high : low || high;
  };
  it.each(Object.entries(RUNS))('[#9] agree on %s: wording, symptom and range', (kind, epochs) => {
    for (const options of KNOWN) {
      const found = diagnose(epochs, options);
      expect(found.verdict, found.text).toBe(kind);
      const about = found.advice.filter(({ target }) => findCard(target) !== undefined);
      expect(about.length).toBeGreaterThan(0);
      for (const advice of about) {
        expect(advice.text).toBe(words(advice));
        expect(symptoms(found, advice), `${kind}: ${advice.change} ${advice.target}`).toBe(true);
      }
    }
  });
  it('the value to try stays in the usual range while it can', () => {
    const rate = cardOf('learningRate');
    expect(nextValue(rate, 1e-3, 1e-2)).toBe(1e-2);
    expect(nextValue(rate, 5e-2, 0.5)).toBe(0.1);
    expect(nextValue(rate, 5e-4, 5e-5)).toBe(1e-4);
    expect(nextValue(rate, 1e-4, 1e-5)).toBe(1e-5);
    expect(nextValue(rate, 1e-5, 1e-4)).toBe(1e-4);
    expect(nextValue(cardOf('batchSize'), 32, 64)).toBe(64);
    const [lower] = diagnose(RUNS.diverged!, { learningRate: 5e-4 }).advice;
    expect(lower).toMatchObject({
      target: 'learningRate',
      value: 1e-4,
      text: 'try a learning rate of 0.0001',
    });
  });
  it('dropout is advised by the step and up to the end of its range', () => {
    const first = (dropout: number) => diagnose(RUNS.overfit!, { dropout }).advice[0];
    expect(first(0.2)).toMatchObject({ target: 'dropout', value: 0.3, text: 'try dropout 0.3' });
    expect(first(0.4)).toMatchObject({ value: 0.5 });
    expect(first(0.5)!.target).toBe('l2');
    expect(diagnose(RUNS.underfit!, { dropout: 0.3 }).advice[0]).toMatchObject({ value: 0.2 });
    expect(diagnose(RUNS.underfit!, { dropout: 0.1 }).advice[0]!.target).toBe('units');
  });
});
