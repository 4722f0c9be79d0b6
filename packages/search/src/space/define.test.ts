import type { LuthierError } from '@luthier/core';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { boolean, choice, fixed, float, int, type ParamsOf, space, type TypedSpace, when } from './define.ts';
import { size } from './enumerate.ts';
import { levels } from './levels.ts';

/** The tunable network of the notes. */
const digits = space({
  hidden1: int(32, 512, { step: 32 }),
  dropout1: float(0.1, 0.5, { step: 0.1 }),
  hidden2: int(16, 128, { step: 16 }),
  dropout2: float(0.1, 0.5, { step: 0.1 }),
  learningRate: choice([0.0001, 0.001, 0.01]),
});

function caught(work: () => unknown): LuthierError {
  try {
    work();
  } catch (error) {
    return error as LuthierError;
  }
  throw new Error('nothing was thrown');
}

describe('the space of the notes', () => {
  const of = (name: string) => levels(digits.parameters.find((parameter) => parameter.name === name)!);

  it('[#77] has 16 values of hidden1', () => {
    expect(of('hidden1')).toEqual(Array.from({ length: 16 }, (_, i) => 32 * (i + 1)));
  });
  it('[#78] [#29] has exactly 0.1, 0.2, 0.3, 0.4, 0.5 for dropout1', () => {
    expect(of('dropout1')).toEqual([0.1, 0.2, 0.3, 0.4, 0.5]);
    expect(JSON.stringify(of('dropout1'))).toBe('[0.1,0.2,0.3,0.4,0.5]');
  });
  it('[#79] has 8 values of hidden2', () => {
    expect(of('hidden2')).toEqual([16, 32, 48, 64, 80, 96, 112, 128]);
  });
  it('[#80] has 5 values of dropout2', () => {
    expect(of('dropout2')).toHaveLength(5);
  });
  it('[#82] has 3 learning rates in order', () => {
    expect(of('learningRate')).toEqual([0.0001, 0.001, 0.01]);
  });
  it('[#84] counts 9,600 configurations', () => {
    expect(size(digits)).toBe(9600);
  });
});

describe('ranges in which Keras Tuner loses the maximum', () => {
  it.each([
    [0, 0.5, 0.1, [0, 0.1, 0.2, 0.3, 0.4, 0.5]],
    [0, 1, 0.1, [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1]],
    [0.2, 0.5, 0.1, [0.2, 0.3, 0.4, 0.5]],
    [0.1, 0.6, 0.1, [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]],
    [0, 0.6, 0.2, [0, 0.2, 0.4, 0.6]],
    [0.1, 0.5, 0.1, [0.1, 0.2, 0.3, 0.4, 0.5]],
  ])('%f to %f step %f ends at the maximum, in exact decimals', (min, max, step, expected) => {
    expect(levels(space({ x: float(min, max, { step }) }).parameters[0]!)).toEqual(expected);
  });
  it('a log step multiplies, as in Keras Tuner', () => {
    const { parameters } = space({
      units: int(2, 32, { step: 2, log: true }),
      rate: float(0.01, 100, { step: 10, log: true }),
      tiny: float(1e-7, 1e-5, { step: 10, log: true }),
    });
    expect(levels(parameters[0]!)).toEqual([2, 4, 8, 16, 32]);
    expect(levels(parameters[1]!)).toEqual([0.01, 0.1, 1, 10, 100]);
    expect(levels(parameters[2]!)).toEqual([1e-7, 1e-6, 1e-5]);
  });
});

describe('a definition that makes no sense is refused', () => {
  it('names the parameter and both numbers when min is above max', () => {
    const error = caught(() => space({ dropout: float(0.5, 0.1) }));
    expect(error.code).toBe('LU_SPACE_RANGE');
    expect(error.message).toBe('dropout: max 0.1 is below min 0.5');
    expect(error.fix).toBe('Swap min and max.');
  });
  it('names the two nearest maxima when a float step does not fit', () => {
    const error = caught(() => space({ dropout: float(0.1, 0.55, { step: 0.1 }) }));
    expect(error.code).toBe('LU_SPACE_STEP');
    expect(error.message).toContain('dropout');
    expect(error.fix).toBe('Set max to 0.5 or 0.6.');
  });
  it('names the two nearest maxima when an int step does not fit', () => {
    expect(caught(() => space({ units: int(32, 500, { step: 32 }) })).fix).toBe('Set max to 480 or 512.');
    expect(caught(() => space({ units: int(2, 33, { step: 2, log: true }) })).fix).toBe(
      'Set max to 32 or 64.',
    );
  });
  it.each([
    ['LU_SPACE_RANGE', () => space({ x: float(0, 1, { log: true }) })],
    ['LU_SPACE_RANGE', () => space({ x: float(Number.NaN, 1) })],
    ['LU_SPACE_RANGE', () => space({ x: float(0, Number.POSITIVE_INFINITY) })],
    ['LU_SPACE_RANGE', () => space({ x: int(0.5, 3) })],
    ['LU_SPACE_RANGE', () => space({ x: float(0.5, 1, { scale: 'reverseLog' }) })],
    ['LU_SPACE_RANGE', () => space({ x: float(0.1, 1, { log: true, scale: 'linear' }) })],
    ['LU_SPACE_STEP', () => space({ x: float(0, 1, { step: 0 }) })],
    ['LU_SPACE_STEP', () => space({ x: float(0, 1, { step: Number.NaN }) })],
    ['LU_SPACE_STEP', () => space({ x: float(1, 8, { step: 1, log: true }) })],
    ['LU_SPACE_DEFAULT', () => space({ x: float(0, 1, { default: 2 }) })],
    ['LU_SPACE_DEFAULT', () => space({ x: float(0, 1, { step: 0.5, default: 0.3 }) })],
    ['LU_SPACE_CHOICES', () => space({ x: choice([]) })],
    ['LU_SPACE_CHOICES', () => space({ x: choice(['a', 'b', 'a']) })],
    ['LU_SPACE_CONDITION', () => space({ x: when('y', [1], float(0, 1)) })],
    ['LU_SPACE_CONDITION', () => space({ y: float(0, 1), x: when('y', [1], float(0, 1)) })],
    ['LU_SPACE_CONDITION', () => space({ y: int(0, 1), x: when('y', [2], float(0, 1)) })],
    ['LU_SPACE_CONDITION', () => space({ x: when('y', [1], float(0, 1)), y: int(0, 1) })],
  ])('%s (%#)', (code, work) => {
    expect(caught(work).code).toBe(code);
  });
  it('keeps choices of different type apart', () => {
    expect(size(space({ x: choice([1, '1', true, 'true']) }))).toBe(4);
  });
});

describe('types of the parameters', () => {
  it('are exact for plain parameters', () => {
    const plain = space({
      units: int(1, 4),
      name: choice(['sgd', 'adam']),
      nesterov: boolean(),
      width: fixed(784),
    });
    expectTypeOf<ParamsOf<typeof plain>>().toEqualTypeOf<{
      readonly units: number;
      readonly name: 'sgd' | 'adam';
      readonly nesterov: boolean;
      readonly width: 784;
    }>();
  });
  it('make a conditional parameter depend on its parent', () => {
    const conditional = space({
      optimizer: choice(['sgd', 'adam', 'rmsprop']),
      momentum: when('optimizer', ['sgd'], float(0, 0.99)),
      beta2: when('optimizer', ['adam'], float(0.9, 0.999)),
    });
    type P = ParamsOf<typeof conditional>;
    const read = (params: P): number => {
      if (params.optimizer === 'sgd') {
        expectTypeOf(params.momentum).toEqualTypeOf<number>();
        expectTypeOf(params.beta2).toEqualTypeOf<undefined>();
        return params.momentum;
      }
      expectTypeOf(params.momentum).toEqualTypeOf<undefined>();
      return params.optimizer === 'adam' ? params.beta2 : 0;
    };
    expect(read({ optimizer: 'sgd', momentum: 0.9 })).toBe(0.9);
    expect(read({ optimizer: 'rmsprop' })).toBe(0);
    // @ts-expect-error sgd needs a momentum
    const missing: P = { optimizer: 'sgd' };
    // @ts-expect-error adam has no momentum
    const extra: P = { optimizer: 'adam', momentum: 0.9, beta2: 0.99 };
    expect([missing, extra]).toHaveLength(2);
    expectTypeOf(conditional).toExtend<TypedSpace<P>>();
  });
});
