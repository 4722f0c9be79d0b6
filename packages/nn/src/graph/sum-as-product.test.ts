import { expect, test } from 'vitest';
import { interpret } from './interpret.ts';
import { lowerForRuntime } from './lower-for-runtime.ts';
import { multiply } from './ops/arithmetic.ts';
import { channelDot } from './ops/channels.ts';
import { sum } from './ops/reduce.ts';
import { input } from './ops/sources.ts';
import { simplify } from './simplify.ts';
import { expectClose, graphOf, numbers, runOnnx } from './testing.ts';
import { topological } from './topological.ts';

const x = input('x', 'float32', [4, 32, 5]);

test('sums over rows are products with ones, their factors folded', async () => {
  const graph = graphOf({ rows: sum(multiply(x, 2), [0, 1]), dots: channelDot(x, x) });
  const lowered = simplify(lowerForRuntime(simplify(graph), undefined));
  const product = topological([lowered.outputs.rows!]).find(({ op }) => op === 'matmul');
  expect(product?.inputs.map(({ shape }) => shape)).toEqual([
    [1, 128],
    [128, 5],
  ]);
  expect(topological([product!]).map(({ op }) => op)).not.toContain('multiply');
  const feeds = { x: numbers(640) };
  const expected = interpret(graph, feeds);
  const found = await runOnnx(lowered, feeds);
  for (const name of ['rows', 'dots']) expectClose(found[name]!, expected[name]!.data, 1e-5);
});

test('other sums stay: of few rows, of all elements, of axes that do not lead', () => {
  const graph = graphOf({ few: sum(x, 0), all: sum(x), last: sum(x, 2), middle: sum(x, 1) });
  const ops = topological(Object.values(lowerForRuntime(graph, undefined).outputs)).map(({ op }) => op);
  expect(ops.filter((op) => op === 'sum')).toHaveLength(4);
});
