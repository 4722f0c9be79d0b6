import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalKey, canonicalParams, contains, defaults, isActive, misfit } from './canonical.ts';
import { sameSpace, spaceDifferences } from './compare.ts';
import { boolean, choice, fixed, float, int, space, when } from './define.ts';
import { decode, decodeValue, dimensions, encode, encodeValue } from './encode.ts';
import { point, points, size } from './enumerate.ts';
import { parseSpace } from './json.ts';
import type { Space } from './parameter.ts';

const tree = space({
  layers: int(1, 3),
  units1: int(16, 64, { step: 16 }),
  units2: when('layers', [2, 3], int(16, 64, { step: 16 })),
  units3: when('layers', [3], int(16, 48, { step: 16 })),
  optimizer: choice(['sgd', 'adam']),
  momentum: when('optimizer', ['sgd'], choice([0, 0.9])),
  nesterov: when('momentum', [0.9], boolean()),
});

const mixed = space({
  rate: float(1e-4, 1e-1, { log: true }),
  momentum: float(0, 0.99, { scale: 'reverseLog' }),
  share: float(0.1, 0.9, { scale: 'logit' }),
  dropout: float(0, 0.5, { step: 0.05 }),
  units: int(8, 512, { log: true }),
  powers: int(2, 32, { step: 2, log: true }),
  layers: int(1, 4),
  batch: choice([32, 64, 128]),
  activation: choice(['relu', 'tanh']),
  bias: boolean(),
  seed: fixed(7),
  width: when('activation', ['tanh'], float(0.5, 2)),
});

describe('enumeration', () => {
  it('counts a conditional tree: 4 + 4*4 + 4*4*3 widths times 1 + 1 + 2 optimizers', () => {
    expect(size(tree)).toBe((4 + 16 + 48) * (1 + 1 + 2));
  });
  it('numbers every configuration exactly once, each a point of the space', () => {
    const all = [...points(tree)];
    expect(all).toHaveLength(272);
    expect(new Set(all.map((params) => canonicalKey(tree, params))).size).toBe(272);
    expect(all.every((params) => contains(tree, params))).toBe(true);
    expect(point(tree, 271)).toEqual(all[271]);
  });
  it('moves the last parameter fastest', () => {
    const grid = space({ a: int(0, 1), b: choice(['x', 'y', 'z']) });
    expect([...points(grid)]).toEqual([
      { a: 0, b: 'x' },
      { a: 0, b: 'y' },
      { a: 0, b: 'z' },
      { a: 1, b: 'x' },
      { a: 1, b: 'y' },
      { a: 1, b: 'z' },
    ]);
  });
  it('is infinite with a continuous parameter, and has one point without parameters', () => {
    expect(size(mixed)).toBe(Number.POSITIVE_INFINITY);
    expect(() => point(mixed, 0)).toThrow(expect.objectContaining({ code: 'LU_SPACE_INDEX' }));
    expect(() => point(tree, 272)).toThrow(expect.objectContaining({ code: 'LU_SPACE_INDEX' }));
    expect(size({ parameters: [] })).toBe(1);
  });
  it('counts independent conditional groups without walking through their product', () => {
    const wide: Space = space(
      Object.fromEntries(
        Array.from({ length: 30 }, (_, i) => [
          [`p${i}`, choice(['a', 'b', 'c'])],
          [`q${i}`, when(`p${i}`, ['a'], int(1, 4))],
        ]).flat(),
      ),
    );
    expect(size(wide)).toBe(6 ** 30);
  });
});

describe('encoding', () => {
  it('has closed forms', () => {
    const at = (name: string, value: number) =>
      encodeValue(mixed.parameters.find((parameter) => parameter.name === name)!, value);
    expect(at('rate', 1e-3)).toBeCloseTo(1 / 3, 12);
    expect(at('momentum', 0.9)).toBeCloseTo(0.5, 12);
    expect(at('share', 0.5)).toBeCloseTo(0.5, 12);
    expect(at('dropout', 0.25)).toBeCloseTo(5.5 / 11, 12);
    expect(at('powers', 8)).toBeCloseTo(0.5, 12);
    expect(at('units', 64)).toBeCloseTo(Math.log(64 / 7.5) / Math.log(512.5 / 7.5), 12);
  });
  it('decodes 0 and 1 to the exact ends', () => {
    for (const { parameter } of dimensions(mixed)) {
      if (parameter.kind !== 'float' && parameter.kind !== 'int') continue;
      expect(decodeValue(parameter, 0)).toBe(parameter.min);
      expect(decodeValue(parameter, 1)).toBe(parameter.max);
    }
  });
  it('a decoded point lies in the space, and encodes back to where its values decode to the same', () => {
    const count = dimensions(mixed).length;
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: count, maxLength: count }),
        (u) => {
          const params = decode(mixed, u);
          expect(misfit(mixed, params)).toBeUndefined();
          const encoded = encode(mixed, params);
          const again = decode(mixed, encoded.point);
          expect(Object.keys(again)).toEqual(Object.keys(params));
          for (const [name, value] of Object.entries(params))
            if (typeof value === 'number') expect(again[name]).toBeCloseTo(value, 9);
            else expect(again[name]).toBe(value);
          expect([...encoded.active].at(-1)).toBe(params.activation === 'tanh' ? 1 : 0);
        },
      ),
      { seed: 1, numRuns: 300 },
    );
  });
  it('gives each of n steps an equal share of the cube', () => {
    const { parameters } = space({ x: float(0, 0.5, { step: 0.1 }) });
    const counts = new Map<unknown, number>();
    for (let i = 0; i < 600; i++) {
      const value = decodeValue(parameters[0]!, (i + 0.5) / 600);
      counts.set(value, (counts.get(value) ?? 0) + 1);
    }
    expect([...counts.values()]).toEqual([100, 100, 100, 100, 100, 100]);
  });
});

describe('canonical form', () => {
  it('ignores inactive parameters, order and rounding', () => {
    const a = { layers: 1, units1: 16, optimizer: 'adam' };
    const b = { optimizer: 'adam', momentum: 0.9, units3: 16, units1: 16, layers: 1 };
    expect(canonicalKey(tree, a)).toBe(canonicalKey(tree, b));
    const stepped = space({ x: float(0.1, 0.5, { step: 0.1 }) });
    expect(canonicalParams(stepped, { x: 0.1 + 0.2 })).toEqual({ x: 0.3 });
  });
  it('keeps values of different type apart', () => {
    const types = space({ x: choice([1, '1', true]) });
    expect(new Set([1, '1', true].map((x) => canonicalKey(types, { x }))).size).toBe(3);
  });
  it('has all defaults in the baseline', () => {
    expect(defaults(tree)).toEqual({ layers: 1, units1: 16, optimizer: 'sgd', momentum: 0 });
    expect(isActive(tree.parameters[6]!, { momentum: 0.9 })).toBe(true);
  });
  it('says what is wrong with a configuration', () => {
    expect(misfit(tree, { layers: 1, units1: 20, optimizer: 'adam' })).toBe('units1 cannot be 20');
    expect(misfit(tree, { layers: 1, units1: 16, optimizer: 'adam', momentum: 0 })).toBe(
      'momentum is inactive here',
    );
    expect(misfit(tree, { layers: 1, optimizer: 'adam' })).toBe('units1 is missing');
    expect(misfit(tree, { layers: 1, units1: 16, optimizer: 'adam', unit1: 1 })).toContain(
      "did you mean 'units1'?",
    );
  });
});

describe('as data', () => {
  it('survives JSON', () => {
    for (const each of [tree, mixed]) {
      const read = parseSpace(JSON.parse(JSON.stringify(each)));
      expect(read).toEqual(each);
      expect(sameSpace(read, each)).toBe(true);
    }
  });
  it('names the field that is wrong in JSON', () => {
    expect(() => parseSpace({ parameters: [{ name: 'x', kind: 'float', min: '0' }] })).toThrow(
      'space.parameters[0].scale',
    );
    expect(() => parseSpace({ parameters: [{ name: 'x', kind: 'floot' }] })).toThrow(
      'space.parameters[0].kind',
    );
    expect(() => parseSpace([])).toThrow(expect.objectContaining({ code: 'LU_SPACE_JSON' }));
    const twice = { name: 'x', kind: 'fixed', value: 1 };
    expect(() => parseSpace({ parameters: [twice, twice] })).toThrow(
      expect.objectContaining({ code: 'LU_SPACE_DUPLICATE' }),
    );
  });
  it('refuses a name that objects cannot hold, and none', () => {
    for (const name of ['__proto__', ''])
      expect(() => parseSpace({ parameters: [{ name, kind: 'fixed', value: 1 }] })).toThrow(
        expect.objectContaining({ code: 'LU_SPACE_NAME' }),
      );
  });
  it('describes every difference in words', () => {
    const a = space({ x: float(0, 1), y: int(1, 4), o: choice(['s', 't']), z: when('o', ['s'], int(0, 1)) });
    const b = space({ x: float(0, 2), o: choice(['s', 't']), z: when('o', ['t'], int(0, 1)), w: boolean() });
    expect(spaceDifferences(a, b)).toEqual([
      'x: float 0 to 1 became float 0 to 2',
      'y (int 1 to 4) is gone',
      "z: active when o is 's' became active when o is 't'",
      'w (true or false) is new',
    ]);
  });
});
