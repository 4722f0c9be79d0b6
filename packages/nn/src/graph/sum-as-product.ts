import type { Node } from './node.ts';
import { matmul } from './ops/linear-algebra.ts';
import { reshape } from './ops/shape.ts';
import { constant } from './ops/sources.ts';
import { sizeOf } from './tensor.ts';

/** Fewer rows are summed as fast by the runtime's own sum; the ones for more would make the model large. */
const ROWS = { least: 64, most: 4096 };

/** One for each number of rows: large constants are shared only when they are the same. */
const known = new Map<number, Node>();

function ones(rows: number): Node {
  const row = known.get(rows) ?? constant(new Array<number>(rows).fill(1), [1, rows]);
  known.set(rows, row);
  return row;
}

/**
 * A sum over leading axes, such as the gradient of a bias, as the product of a row of ones and a matrix: a half to a third of
 * the time of the runtime's sum, natively and as wasm. Undefined for other nodes.
 */
export function sumAsProduct(node: Node): Node | undefined {
  const [x] = node.inputs as [Node];
  if (node.op !== 'sum' || node.dtype !== 'float32') return undefined;
  const axes = node.attributes.axes as readonly number[];
  if (axes.length === x.shape.length || !axes.every((axis, i) => axis === i)) return undefined;
  const rows = sizeOf(x.shape.slice(0, axes.length));
  if (rows < ROWS.least || rows > ROWS.most) return undefined;
  return reshape(matmul(ones(rows), reshape(x, [rows, sizeOf(x.shape) / rows])), node.shape);
}
