import { describe, expect, test } from 'vitest';
import { gradient } from '../gradient.ts';
import { interpret } from '../interpret.ts';
import { simplify } from '../simplify.ts';
import { expectClose, expectGradient, expectValue, graphOf, numbers } from '../testing.ts';
import { topological } from '../topological.ts';
import { add, multiply, subtract } from './arithmetic.ts';
import { exp, sigmoid } from './elementwise.ts';
import { defineGradientRule } from './gradient-rule.ts';
import { sum } from './reduce.ts';
import { scan } from './scan.ts';
import { input } from './sources.ts';

const x = input('x', 'float32', [3]);
const y = input('y', 'float32', [3]);
const feeds = { x: numbers(3), y: numbers(3, 1, 9) };

/** Two values with gradients by rule: `sigmoid(x) y` and `sigmoid(x)`. */
const withGateGradient = defineGradientRule('gate of a test', ([dp, ds], [, v], [s, p]) => {
  const ofProduct = dp && subtract(multiply(dp, p!), multiply(multiply(dp, p!), s!));
  const ofGate = ds && multiply(ds, multiply(s!, subtract(1, s!)));
  const dx = ofProduct === undefined ? ofGate : ofGate === undefined ? ofProduct : add(ofProduct, ofGate);
  expect(v!.shape).toEqual([3]);
  return [dx, dp && multiply(dp, s!)];
});

function gate(a: typeof x, b: typeof x): readonly (typeof x)[] {
  const s = sigmoid(a);
  const p = multiply(s, b);
  return withGateGradient([p, s], [a, b], [s, p]);
}

describe('a gradient rule', () => {
  test('leaves the values and gives the gradient that differences give', async () => {
    const [product, s] = gate(x, y);
    await expectValue(
      product!,
      feeds,
      feeds.x.map((v, i) => feeds.y[i]! / (1 + Math.exp(-v))),
    );
    await expectGradient(product!, feeds);
    await expectGradient(s!, feeds);
    await expectGradient(add(multiply(product!, s!), exp(product!)), feeds);
  });

  test('holds inside a scan, whose body is rebuilt', async () => {
    const state = input('state', 'float32', [3]);
    const element = input('element', 'float32', [3]);
    const xs = input('xs', 'float32', [4, 3]);
    const [product] = gate(add(state, y), element);
    const { next } = scan(
      { inputs: [state, element], outputs: { next: product! } },
      { states: [x], sequences: [xs] },
    );
    await expectGradient(next!, { ...feeds, xs: numbers(12, 1, 40) });
  });

  test('is gone after simplification, with all that only it needed', () => {
    const [product] = gate(x, y);
    const plain = simplify(graphOf({ product: product! }));
    expect(topological(Object.values(plain.outputs)).map(({ op }) => op)).toEqual([
      'input',
      'sigmoid',
      'input',
      'multiply',
    ]);
    const [dx] = gradient(sum(product!), [x]);
    const graph = simplify(graphOf({ dx: dx! }));
    expect(topological(Object.values(graph.outputs)).map(({ op }) => op)).not.toContain('gradientRule');
    expectClose(interpret(graph, feeds).dx!.data, interpret(graphOf({ dx: dx! }), feeds).dx!.data, 1e-12);
  });

  test('has a name of its own', () => {
    expect(() => defineGradientRule('gate of a test', () => [])).toThrow(/defined twice/);
  });
});
