import type { HyperParameters } from '@luthier/core';
import { describe, expect, it } from 'vitest';
import { discoverSpace } from './discover.ts';
import { createHyperParameters } from './hyper-parameters.ts';

const none = { parameters: [] };

describe('hp', () => {
  it('answers with the values of the trial and records what it is asked', () => {
    const hp = createHyperParameters({
      known: none,
      params: { units: 64, rate: 0.1 + 0.2 },
      seed: 0,
      trial: 0,
    });
    expect(hp.int('units', { min: 32, max: 512, step: 32 })).toBe(64);
    expect(hp.float('rate', { min: 0.1, max: 0.5, step: 0.1 })).toBe(0.3);
    expect(hp.fixed('width', 784)).toBe(784);
    expect(hp.params()).toEqual({ units: 64, rate: 0.3, width: 784 });
    expect(hp.met().map(({ name }) => name)).toEqual(['units', 'rate', 'width']);
  });
  it('draws a new parameter by seed, trial and name alone', () => {
    const draw = (seed: number, trial: number, first: boolean): number => {
      const hp = createHyperParameters({ known: none, params: {}, seed, trial });
      if (first) hp.float('other', { min: 0, max: 1 });
      return hp.float('x', { min: 0, max: 1 });
    };
    expect(draw(0, 3, true)).toBe(draw(0, 3, false));
    expect(draw(0, 3, true)).not.toBe(draw(0, 4, true));
    expect(draw(0, 3, true)).not.toBe(draw(1, 3, true));
  });
  it('refuses a name that comes back with another range, showing both', () => {
    const hp = createHyperParameters({ known: none, params: {}, seed: 0, trial: 0 });
    hp.int('units', { min: 1, max: 4 });
    expect(hp.int('units', { min: 1, max: 4 })).toBe(hp.params().units);
    expect(() => hp.int('units', { min: 1, max: 8 })).toThrow(
      expect.objectContaining({
        code: 'LU_SPACE_DUPLICATE',
        message: 'units: asked for twice, once as int 1 to 4, once as int 1 to 8',
      }),
    );
  });
  it('refuses a range that differs from the known space', () => {
    const { space } = discoverSpace((hp) => hp.int('units', { min: 1, max: 4 }));
    const hp = createHyperParameters({ known: space, params: { units: 2 }, seed: 0, trial: 1 });
    expect(() => hp.int('units', { min: 1, max: 5 })).toThrow(
      expect.objectContaining({ code: 'LU_SPACE_DUPLICATE' }),
    );
  });
  it('runs a conditional body only when it is active', () => {
    const hp = createHyperParameters({ known: none, params: { o: 'adam' }, seed: 0, trial: 0 });
    hp.choice('o', ['sgd', 'adam']);
    expect(hp.when('o', ['sgd'], () => hp.float('momentum', { min: 0, max: 0.9 }))).toBeUndefined();
    expect(hp.when('o', ['adam'], () => hp.fixed('beta', 0.9))).toBe(0.9);
    expect(hp.met()[1]!.conditions).toEqual([{ parent: 'o', values: ['adam'] }]);
    expect(() => hp.when('p', [1], () => 1)).toThrow(expect.objectContaining({ code: 'LU_SPACE_CONDITION' }));
    expect(() => hp.when('o', ['sdg'], () => 1)).toThrow(
      expect.objectContaining({ code: 'LU_SPACE_CONDITION' }),
    );
  });
  it('has exact types for choices', () => {
    const hp: HyperParameters = createHyperParameters({ known: none, params: { o: 'b' }, seed: 0, trial: 0 });
    const value: 'a' | 'b' = hp.choice('o', ['a', 'b']);
    expect(value).toBe('b');
  });
});

describe('discovery', () => {
  it('[#75] runs a builder without conditions once and finds the space of the notes', () => {
    let calls = 0;
    const found = discoverSpace((hp) => {
      calls += 1;
      hp.int('hidden1', { min: 32, max: 512, step: 32 });
      hp.float('dropout1', { min: 0.1, max: 0.5, step: 0.1 });
      hp.choice('learningRate', [0.0001, 0.001, 0.01]);
    });
    expect(calls).toBe(1);
    expect(found).toMatchObject({ complete: true, builds: 1, reasons: [] });
    expect(found.space.parameters.map(({ name }) => name)).toEqual(['hidden1', 'dropout1', 'learningRate']);
  });
  it('opens every conditional branch once, nested ones too', () => {
    const found = discoverSpace((hp) => {
      hp.choice('model', ['mlp', 'cnn', 'rnn']);
      hp.when('model', ['cnn'], () => {
        hp.choice('pool', ['avg', 'max']);
        hp.when('pool', ['max'], () => hp.int('size', { min: 2, max: 3 }));
      });
      hp.when('model', ['rnn'], () => hp.int('cells', { min: 8, max: 16 }));
    });
    expect(found.complete).toBe(true);
    expect(found.builds).toBe(4);
    expect(found.space.parameters.map(({ name }) => name)).toEqual(['model', 'pool', 'cells', 'size']);
    expect(found.space.parameters[3]!.conditions).toEqual([
      { parent: 'model', values: ['cnn'] },
      { parent: 'pool', values: ['max'] },
    ]);
  });
  it('joins the conditions of a name that two branches share', () => {
    const found = discoverSpace((hp) => {
      hp.choice('o', ['sgd', 'adam', 'lion']);
      hp.when('o', ['sgd'], () => hp.float('decay', { min: 0, max: 1 }));
      hp.when('o', ['adam'], () => hp.float('decay', { min: 0, max: 1 }));
    });
    expect(found.space.parameters[1]!.conditions).toEqual([{ parent: 'o', values: ['sgd', 'adam'] }]);
  });
  it('says that it is incomplete when a branch throws', () => {
    const found = discoverSpace((hp) => {
      hp.boolean('deep');
      hp.when('deep', [true], () => {
        throw new Error('no memory');
      });
    });
    expect(found.complete).toBe(false);
    expect(found.reasons[0]).toContain('no memory');
  });
});

describe('hp with beliefs, bounds and rules', () => {
  it('starts at the belief, and draws new parameters from it', () => {
    const ask = (hp: HyperParameters): number =>
      hp.float('rate', { min: 1e-5, max: 1e-1, log: true, prior: { about: 3e-4, certainty: 'very' } });
    const { space } = discoverSpace(ask);
    expect(space.parameters[0]).toMatchObject({ default: 3e-4, prior: { about: 3e-4, spread: 0.04 } });
    const drawn = Array.from({ length: 100 }, (_, trial) =>
      ask(createHyperParameters({ known: none, params: {}, seed: 0, trial })),
    );
    // Two deviations are a factor of 10^0.32; 5 % of the normal part and a tenth of doubt lie outside.
    expect(drawn.filter((rate) => rate > 3e-4 / 2.1 && rate < 3e-4 * 2.1).length).toBeGreaterThan(75);
    const hp = createHyperParameters({ known: none, params: {}, seed: 0, trial: 0, missing: 'default' });
    expect(hp.choice('o', ['a', 'b'], { prior: { about: 'b' } })).toBe('b');
    expect(hp.boolean('bias', { prior: { weights: [1, 3] } })).toBe(false);
  });
  it('keeps a bound by what was answered before, and declares it', () => {
    const ask = (hp: HyperParameters): readonly number[] => [
      hp.int('units1', { min: 16, max: 64, step: 16 }),
      hp.int('units2', { min: 16, max: 64, step: 16, atMost: 'units1' }),
    ];
    for (let trial = 0; trial < 50; trial++) {
      const [first, second] = ask(createHyperParameters({ known: none, params: {}, seed: 1, trial }));
      expect(second).toBeLessThanOrEqual(first!);
    }
    expect(discoverSpace(ask).space.parameters[1]).toMatchObject({ atMost: { parameter: 'units1' } });
  });
  it('collects rules once, and refuses one that cannot be read at once', () => {
    const hp = createHyperParameters({ known: none, params: {}, seed: 0, trial: 0 });
    hp.require('a < b');
    hp.require('a < b');
    expect(hp.rules()).toEqual(['a < b']);
    expect(() => hp.require('a <')).toThrow(expect.objectContaining({ code: 'LU_SPACE_CONSTRAINT' }));
  });
});
