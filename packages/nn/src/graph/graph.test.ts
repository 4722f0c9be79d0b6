import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { defineOp, definitionOf } from './define-op.ts';
import { erfValue } from './erf.ts';
import { gradient } from './gradient.ts';
import { interpret } from './interpret.ts';
import { currentLabel, withLabel } from './label.ts';
import { add, multiply } from './ops/arithmetic.ts';
import { cast } from './ops/cast.ts';
import { relu, square } from './ops/elementwise.ts';
import { gather } from './ops/gather.ts';
import { matmul } from './ops/linear-algebra.ts';
import { mean, sum } from './ops/reduce.ts';
import { constant, input, iota, scalar } from './ops/sources.ts';
import { broadcastShapes, sizeOf } from './tensor.ts';
import { expectGradient, expectValue, graphOf, numbers } from './testing.ts';

const code = (expected: string): unknown => expect.objectContaining({ code: expected });

describe('errors', () => {
  const images = input('images', 'float32', [32, 784]);
  const hidden = withLabel("dense 'hidden1'", () => relu(matmul(images, input('w1', 'float32', [784, 512]))));

  test('a mismatch between layers names both and both shapes', () => {
    const w2 = withLabel("dense 'hidden2'", () => input('w2', 'float32', [256, 128]));
    const make = (): unknown => withLabel("dense 'hidden2'", () => matmul(hidden, w2));
    expect(make).toThrow(code('LU_GRAPH_SHAPE'));
    expect(make).toThrow(
      "matmul in dense 'hidden2': inner extents 512 and 256 differ: float32 [32, 512] of dense 'hidden1' and float32 [256, 128] of dense 'hidden2'",
    );
  });

  test('operands that do not broadcast are named, inputs by their names', () => {
    expect(() => add(images, input('bias', 'float32', [783]))).toThrow(
      "add: operands do not broadcast: float32 [32, 784] of input 'images' and float32 [783] of input 'bias'",
    );
  });

  test('types do not mix silently', () => {
    expect(() => add(images, iota(784))).toThrow(code('LU_GRAPH_TYPE'));
    expect(() => matmul(images, cast(images, 'int32'))).toThrow(code('LU_GRAPH_TYPE'));
    expect(() => gather(images, images)).toThrow(/takes int32, int64, not float32/);
  });

  test('shapes and constants that make no sense are refused', () => {
    expect(() => input('x', 'float32', [2, -1])).toThrow(/is not a shape/);
    expect(() => constant([1, 2, 3], [2, 2])).toThrow(/3 elements do not fill \[2, 2\]/);
    expect(() => matmul(input('v', 'float32', [4]), images)).toThrow(/two axes/);
  });

  test('feeds that are missing or too short are named', () => {
    const graph = graphOf({ y: relu(images) });
    expect(() => interpret(graph, {})).toThrow("input 'images' [32, 784] gets no value");
    expect(() => interpret(graph, { images: [1] })).toThrow(code('LU_GRAPH_INPUT'));
  });

  test('an op is defined once, and an unknown one has no definition', () => {
    expect(() => defineOp(definitionOf(hidden))).toThrow(code('LU_GRAPH_OP'));
    expect(() => definitionOf({ ...hidden, op: 'reluu' })).toThrow(/no op 'reluu'/);
  });
});

describe('labels', () => {
  test('the innermost label wins and ends with its function, also when that throws', () => {
    const node = withLabel('outer', () => withLabel('inner', () => scalar(1)));
    expect(node.label).toBe('inner');
    expect(() =>
      withLabel('outer', () => {
        throw new Error('stop');
      }),
    ).toThrow('stop');
    expect(currentLabel()).toBeUndefined();
    expect('label' in scalar(1)).toBe(false);
  });

  test('gradients carry the layer they belong to', () => {
    const x = input('x', 'float32', [2]);
    const [dx] = gradient(
      withLabel("dense 'a'", () => sum(square(x))),
      [x],
    );
    expect(dx!.label).toBe("gradient of dense 'a'");
  });
});

describe('gradient', () => {
  const x = input('x', 'float32', [3]);

  test('adds up over all paths [#60]', async () => {
    const y = multiply(x, x);
    await expectGradient(add(multiply(y, x), add(y, x)), { x: [0.5, -1, 2] });
  });

  test('is zero where the output does not depend on a node', async () => {
    const other = input('other', 'float32', [2, 2]);
    const [g] = gradient(sum(x), [other]);
    expect(g!.shape).toEqual([2, 2]);
    await expectValue(g!, {}, [0, 0, 0, 0]);
  });

  test('of a node with respect to itself is 1, and second derivatives work', async () => {
    const s = input('s', 'float32', []);
    await expectValue(gradient(s, [s])[0]!, {}, [1]);
    const [first] = gradient(multiply(s, square(s)), [s]);
    const [second] = gradient(first!, [s]);
    await expectValue(second!, { s: [2] }, [12]);
  });

  test('of a network of two layers is that of finite differences [#60]', async () => {
    const data = input('data', 'float32', [4, 3]);
    const w1 = input('w1', 'float32', [3, 5]);
    const w2 = input('w2', 'float32', [5, 2]);
    const bias = input('bias', 'float32', [5]);
    const feeds = {
      data: numbers(12, 1, 3),
      w1: numbers(15),
      w2: numbers(10, 1, 30),
      bias: numbers(5, 1, 70),
    };
    await expectGradient(mean(square(matmul(relu(add(matmul(data, w1), bias)), w2)), 0), feeds);
  });

  test('needs a float scalar', () => {
    expect(() => gradient(x, [x])).toThrow(code('LU_GRAPH_SHAPE'));
    expect(() => gradient(sum(x), [iota(2)])).toThrow(code('LU_GRAPH_TYPE'));
  });

  test('passes through graphs deeper than the call stack', () => {
    let deep = x;
    for (let i = 0; i < 20_000; i++) deep = add(deep, 1);
    const [g] = gradient(sum(deep), [x]);
    expect(Array.from(interpret(graphOf({ g: g! }), {}).g!.data)).toEqual([1, 1, 1]);
  });
});

describe('properties', () => {
  const extents = fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 4 });
  /** Two shapes that broadcast: a common one with axes cut off in front and set to 1 at random. */
  const pair = fc
    .tuple(extents, fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }), fc.nat(4), fc.boolean())
    .map(([shape, ones, cut, isLeft]) => {
      const cutShape = (isCut: boolean): number[] => shape.slice(isCut ? Math.min(cut, shape.length) : 0);
      const a = cutShape(isLeft).map((extent, axis) => (ones[axis] ? 1 : extent));
      const b = cutShape(!isLeft).map((extent, axis) => (ones[axis + 4] ? 1 : extent));
      return [a, b] as const;
    });

  test('broadcasting is symmetric, has the larger rank and keeps every extent that is not 1', () => {
    fc.assert(
      fc.property(pair, ([a, b]) => {
        const shape = broadcastShapes(a, b);
        if (shape === undefined) return;
        expect(broadcastShapes(b, a)).toEqual(shape);
        expect(shape).toHaveLength(Math.max(a.length, b.length));
        for (const operand of [a, b]) {
          for (const [i, extent] of [...operand].reverse().entries()) {
            const result = shape[shape.length - 1 - i]!;
            expect(extent === 1 || extent === result).toBe(true);
          }
        }
      }),
      { seed: 1 },
    );
  });

  test('inferred shapes are those of the values, gradients have the shapes of the operands', () => {
    fc.assert(
      fc.property(pair, ([a, b]) => {
        if (broadcastShapes(a, b) === undefined) return;
        const p = input('p', 'float32', a);
        const q = input('q', 'float32', b);
        const y = multiply(add(p, q), q);
        const feeds = { p: numbers(sizeOf(a)), q: numbers(sizeOf(b), 1, 9) };
        const value = interpret(graphOf({ y }), feeds).y!;
        expect(value.shape).toEqual(y.shape);
        expect(value.data).toHaveLength(sizeOf(y.shape));
        // d sum((p + q) q) / dp summed over all of p is the sum of q over the result.
        const [dp, dq] = gradient(sum(y), [p, q]);
        expect(dp!.shape).toEqual(a);
        expect(dq!.shape).toEqual(b);
        const total = interpret(graphOf({ g: sum(dp!) }), feeds).g!.data[0]!;
        const repeats = sizeOf(y.shape) / sizeOf(b);
        expect(total).toBeCloseTo(repeats * feeds.q.reduce((s, v) => s + v, 0), 9);
      }),
      { seed: 2 },
    );
  });
});

test('erf agrees with published values (Abramowitz and Stegun, table 7.1)', () => {
  for (const [x, value] of [
    [0.02, 0.0225645747],
    [0.5, 0.5204998778],
    [1, 0.8427007929],
    [2, 0.995322265],
  ] as const) {
    expect(erfValue(x)).toBeCloseTo(value, 9);
    expect(erfValue(-x)).toBeCloseTo(-value, 9);
  }
});
