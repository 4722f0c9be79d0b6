import { describe, expect, expectTypeOf, it } from 'vitest';
import { misfit } from './canonical.ts';
import { boolean, branch, choice, fixed, float, int, ordinal, type ParamsOf, space, when } from './define.ts';
import { points, size } from './enumerate.ts';
import { parseSpace } from './json.ts';

describe('types of the parameters of a space', () => {
  it('follow conditions on conditions', () => {
    const nested = space({
      optimizer: choice(['sgd', 'adam']),
      momentum: when('optimizer', ['sgd'], choice([0, 0.9])),
      nesterov: when('momentum', [0.9], boolean()),
    });
    expectTypeOf<ParamsOf<typeof nested>>().toEqualTypeOf<
      | { readonly optimizer: 'sgd'; readonly momentum: 0; readonly nesterov?: never }
      | { readonly optimizer: 'sgd'; readonly momentum: 0.9; readonly nesterov: boolean }
      | { readonly optimizer: 'adam'; readonly momentum?: never; readonly nesterov?: never }
    >();
    // @ts-expect-error nesterov needs a momentum
    const wrong: ParamsOf<typeof nested> = { optimizer: 'sgd', momentum: 0, nesterov: true };
    expect(misfit(nested, wrong)).toBe('nesterov is inactive here');
  });

  it('need all of several conditions', () => {
    const both = space({
      a: boolean(),
      b: choice(['x', 'y']),
      c: when('a', [true], when('b', ['y'], float(0, 1))),
    });
    const active: ParamsOf<typeof both> = { a: true, b: 'y', c: 0.5 };
    expectTypeOf(active.c).toEqualTypeOf<number>();
    expectTypeOf<Extract<ParamsOf<typeof both>, { a: true; b: 'x' }>['c']>().toEqualTypeOf<undefined>();
    expectTypeOf<Extract<ParamsOf<typeof both>, { a: false }>['c']>().toEqualTypeOf<undefined>();
    expect(misfit(both, active)).toBeUndefined();
  });

  it('know a value of many only where a condition names it', () => {
    const layers = space({
      layers: int(1, 3),
      units2: when('layers', [2, 3], int(1, 4)),
      units3: when('layers', [3], int(1, 4)),
    });
    type P = ParamsOf<typeof layers>;
    expectTypeOf<Extract<P, { layers: 3 }>>().toEqualTypeOf<{
      readonly layers: 3;
      readonly units2: number;
      readonly units3: number;
    }>();
    const three: P = { layers: 3, units2: 1, units3: 1 };
    expect(misfit(layers, three)).toBeUndefined();
  });

  it('of ten conditions on one parent are as many cases as the parent has values', () => {
    const wide = space({
      o: choice(['a', 'b']),
      c0: when('o', ['a'], int(0, 1)),
      c1: when('o', ['a'], int(0, 1)),
      c2: when('o', ['a'], int(0, 1)),
      c3: when('o', ['a'], int(0, 1)),
      c4: when('o', ['a'], int(0, 1)),
      c5: when('o', ['b'], int(0, 1)),
      c6: when('o', ['b'], int(0, 1)),
      c7: when('o', ['b'], int(0, 1)),
      c8: when('o', ['b'], int(0, 1)),
      c9: when('o', ['b'], int(0, 1)),
    });
    expectTypeOf<Extract<ParamsOf<typeof wide>, { o: 'a' }>>().toEqualTypeOf<{
      readonly o: 'a';
      readonly c0: number;
      readonly c1: number;
      readonly c2: number;
      readonly c3: number;
      readonly c4: number;
      readonly c5?: never;
      readonly c6?: never;
      readonly c7?: never;
      readonly c8?: never;
      readonly c9?: never;
    }>();
    expect(size(wide)).toBe(64);
  });

  it('of subtrees are those of the option taken, to any depth', () => {
    const tree = space({
      width: fixed(784),
      model: branch({
        forest: { trees: int(10, 100) },
        network: {
          depth: int(1, 3),
          optimizer: branch({ sgd: { momentum: float(0, 0.99), nesterov: boolean() }, adam: {} }),
        },
      }),
      size: ordinal(['s', 'l']),
    });
    type P = ParamsOf<typeof tree>;
    expectTypeOf<P>().toEqualTypeOf<
      | { readonly width: 784; readonly size: 's' | 'l'; readonly model: 'forest'; readonly trees: number }
      | {
          readonly width: 784;
          readonly size: 's' | 'l';
          readonly model: 'network';
          readonly depth: number;
          readonly optimizer: 'sgd';
          readonly momentum: number;
          readonly nesterov: boolean;
        }
      | {
          readonly width: 784;
          readonly size: 's' | 'l';
          readonly model: 'network';
          readonly depth: number;
          readonly optimizer: 'adam';
        }
    >();
    const read = (params: P): number =>
      params.model === 'forest' ? params.trees : params.optimizer === 'sgd' ? params.momentum : params.depth;
    expect(read({ width: 784, size: 's', model: 'network', depth: 2, optimizer: 'adam' })).toBe(2);
    expect(parseSpace(JSON.parse(JSON.stringify(tree)))).toEqual(tree);
    expect(tree.parameters.find(({ name }) => name === 'nesterov')!.conditions).toEqual([
      { parent: 'model', values: ['network'] },
      { parent: 'optimizer', values: ['sgd'] },
    ]);
  });

  it('a name in two subtrees is one parameter when its range is the same, and refused otherwise', () => {
    const shared = space({
      o: branch({ sgd: { decay: int(0, 1), momentum: int(0, 2) }, adam: { decay: int(0, 1) }, none: {} }),
    });
    expect([...points(shared)]).toHaveLength(2 * 3 + 2 + 1);
    expect(() => space({ o: branch({ a: { x: int(0, 1) }, b: { x: int(0, 2) } }) })).toThrow(
      expect.objectContaining({ code: 'LU_SPACE_DUPLICATE' }),
    );
  });

  it('reach the predicates of a space', () => {
    space(
      { a: int(1, 4), o: choice(['x', 'y']) },
      {
        constraints: [
          {
            name: 'typed',
            test: (params) => {
              expectTypeOf(params).toEqualTypeOf<{ readonly a: number; readonly o: 'x' | 'y' }>();
              return params.a < 4;
            },
          },
        ],
      },
    );
  });

  it('conditions that contradict each other are refused', () => {
    expect(() => space({ o: int(1, 2), x: when('o', [1], when('o', [2], float(0, 1))) })).toThrow(
      expect.objectContaining({
        code: 'LU_SPACE_CONDITION',
        message: expect.stringContaining('never active'),
      }),
    );
    expect(() =>
      space({ o: int(1, 2), y: when('o', [1], int(0, 1)), x: when('y', [0], when('o', [2], float(0, 1))) }),
    ).toThrow(expect.objectContaining({ code: 'LU_SPACE_CONDITION' }));
  });
});
