import { expect, test } from 'vitest';
import { interpret } from '../interpret.ts';
import { lowerForRuntime } from '../lower-for-runtime.ts';
import type { Node } from '../node.ts';
import { expectClose, graphOf, numbers, runOnnx } from '../testing.ts';
import { topological } from '../topological.ts';
import { add, multiply } from './arithmetic.ts';
import { input, scalar } from './sources.ts';

const scale = input('scale', 'float32', []);
const shift = input('shift', 'float32', []);

function opsOf(node: Node): string[] {
  return topological([lowerForRuntime(graphOf({ y: node }), undefined).outputs.y!]).map(({ op }) => op);
}

test('a large scaled and shifted value takes one pass, to the same bits', async () => {
  for (const shape of [[2 ** 15], [300, 128], [40, 1000, 1]]) {
    const x = input('x', 'float32', shape);
    const graph = graphOf({ y: add(multiply(x, scale), shift) });
    const lowered = lowerForRuntime(graph, undefined);
    expect(topological([lowered.outputs.y!]).map(({ op }) => op)).toContain('affine');
    const size = shape.reduce((a, b) => a * b, 1);
    for (const [s, t] of [
      [1.7, -0.3],
      [0, 4],
      [-1e-3, 1e3],
    ]) {
      const feeds = { x: numbers(size, 10), scale: [s!], shift: [t!] };
      const { y } = await runOnnx(lowered, feeds);
      expect(y).toEqual((await runOnnx(graph, feeds)).y);
      expectClose(y!, interpret(lowered, feeds).y!.data);
    }
    // What Adam's denominator is at a learning rate of 0.
    const still = await runOnnx(lowered, {
      x: numbers(size).map(Math.abs),
      scale: [3e38],
      shift: [Infinity],
    });
    expect(still.y!.every((value) => value === Infinity)).toBe(true);
  }
});

test('either order of operands is one pass; small values, others of several readers and whole shifts stay', () => {
  const x = input('x', 'float32', [2 ** 15]);
  const scaled = multiply(x, scale);
  expect(opsOf(add(shift, multiply(scale, x)))).toContain('affine');
  expect(opsOf(add(scaled, x))).not.toContain('affine');
  expect(opsOf(multiply(add(scaled, shift), scaled))).not.toContain('affine');
  const small = input('x', 'float32', [2 ** 14]);
  expect(opsOf(add(multiply(small, scale), shift))).not.toContain('affine');
  expect(opsOf(add(multiply(scale, scalar(2)), x))).not.toContain('affine');
});
