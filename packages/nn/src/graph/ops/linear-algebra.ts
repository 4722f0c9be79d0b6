import { LuthierError } from '@luthier/core';
import { type Attributes, defineOp, FLOAT, requireTypes, withInputs } from '../define-op.ts';
import { shapeError } from '../errors.ts';
import type { Node, Shape } from '../node.ts';
import { sumTo } from '../sum-to.ts';
import {
  broadcastPositions,
  broadcastShapes,
  isSameShape,
  sizeOf,
  type Tensor,
  tabulate,
} from '../tensor.ts';
import { multiply } from './arithmetic.ts';
import { reshape, transpose } from './shape.ts';
import { scalarValue } from './sources.ts';

export interface MatmulOptions {
  /** Swap the last two axes of `a` first; default false. */
  readonly transposeA?: boolean;
  /** Swap the last two axes of `b` first; default false. */
  readonly transposeB?: boolean;
}

export interface GemmOptions extends MatmulOptions {
  /** Factor of the product; default 1. */
  readonly alpha?: number;
  /** Factor of `c`; default 1. */
  readonly beta?: number;
}

/** Extents of a product of matrices in the last two axes. */
function productShape(op: string, inputs: readonly Node[], attributes: Attributes): Shape {
  const [a, b] = inputs as [Node, Node];
  if (a.shape.length < 2 || b.shape.length < 2) {
    throw shapeError(op, 'operands need two axes at least', inputs, 'Reshape the operand to a matrix first.');
  }
  const [m, k] = matrixOf(a.shape, attributes.transposeA === true);
  const [l, n] = matrixOf(b.shape, attributes.transposeB === true);
  const batch = broadcastShapes(a.shape.slice(0, -2), b.shape.slice(0, -2));
  if (k !== l) {
    const fix = `Make the inner extents equal: the left operand has ${k}, the right one ${l}.`;
    throw shapeError(op, `inner extents ${k} and ${l} differ`, inputs, fix);
  }
  if (batch === undefined) {
    throw shapeError(op, 'batch axes do not broadcast', inputs, 'Make the leading extents equal or 1.');
  }
  return [...batch, m, n];
}

function matrixOf(shape: Shape, transposed: boolean): [number, number] {
  const [rows, columns] = shape.slice(-2) as [number, number];
  return transposed ? [columns, rows] : [rows, columns];
}

function product(node: Node, a: Tensor, b: Tensor): Tensor {
  const shape = productShape(node.op, node.inputs, node.attributes);
  const { transposeA, transposeB } = node.attributes;
  const [m, k] = matrixOf(a.shape, transposeA === true);
  const [, n] = matrixOf(b.shape, transposeB === true);
  const [aRow, aStep] = transposeA === true ? [1, m] : [k, 1];
  const [bStep, bColumn] = transposeB === true ? [1, k] : [n, 1];
  const batch = shape.slice(0, -2);
  const aMatrix = broadcastPositions(a.shape.slice(0, -2), batch);
  const bMatrix = broadcastPositions(b.shape.slice(0, -2), batch);
  return tabulate(node.dtype, shape, (position) => {
    const matrix = Math.floor(position / (m * n));
    const i = Math.floor(position / n) % m;
    const j = position % n;
    let aAt = aMatrix[matrix]! * m * k + i * aRow;
    let bAt = bMatrix[matrix]! * k * n + j * bColumn;
    let total = 0;
    for (let l = 0; l < k; l++) {
      total += a.data[aAt]! * b.data[bAt]!;
      aAt += aStep;
      bAt += bStep;
    }
    return total;
  });
}

function flag(value: unknown): { readonly int: number } | undefined {
  return value === true ? { int: 1 } : undefined;
}

/** Gradients of `op(a) op(b)` as products that need no explicit transpose. */
function factorGradients(
  node: Node,
  dy: Node,
  times: (x: Node, y: Node, transposeX: boolean, transposeY: boolean) => Node,
): [Node, Node] {
  const [a, b] = node.inputs as [Node, Node];
  const tA = node.attributes.transposeA === true;
  const tB = node.attributes.transposeB === true;
  return [
    tA ? times(b, dy, tB, true) : times(dy, b, false, !tB),
    tB ? times(dy, a, true, tA) : times(a, dy, !tA, false),
  ];
}

/** Without flags, a matrix at the left and many vectors at the right share one two-dimensional product. */
function flattened(x: Node): Node {
  return reshape(x, [sizeOf(x.shape.slice(0, -1)), x.shape.at(-1)!]);
}

const createMatmul = defineOp({
  name: 'matmul',
  infer: (inputs, attributes) => {
    requireTypes('matmul', inputs, FLOAT);
    return { dtype: 'float32', shape: productShape('matmul', inputs, attributes) };
  },
  gradient: (node, dy) => {
    const [a, b] = node.inputs as [Node, Node];
    const plain = node.attributes.transposeA !== true && node.attributes.transposeB !== true;
    if (plain && a.shape.length > 2 && b.shape.length === 2) {
      const rows = flattened(dy);
      return [
        reshape(matmul(rows, b, { transposeB: true }), a.shape),
        matmul(flattened(a), rows, { transposeA: true }),
      ];
    }
    const [da, db] = factorGradients(node, dy, (x, y, transposeA, transposeB) =>
      matmul(x, y, { transposeA, transposeB }),
    );
    return [sumTo(da, a.shape), sumTo(db, b.shape)];
  },
  onnx: (node, context) => {
    const { transposeA, transposeB } = node.attributes;
    const isMatrix = node.inputs.every((operand) => operand.shape.length === 2);
    if (isMatrix && (transposeA === true || transposeB === true)) {
      const attributes = { transA: flag(transposeA), transB: flag(transposeB) };
      context.emit('Gemm', [context.input(0), context.input(1)], attributes, [context.result()]);
      return;
    }
    const operands = [context.input(0), context.input(1)];
    if (transposeA !== true && transposeB !== true) {
      context.emit('MatMul', operands, {}, [context.result()]);
      return;
    }
    // Not by transposes of their own: the runtime would join them with others, into slower ones.
    const attributes = { transA: flag(transposeA), transB: flag(transposeB) };
    context.emit('com.microsoft.FusedMatMul', operands, attributes, [context.result()]);
  },
  reference: (node, [a, b]) => product(node, a!, b!),
  simplify: (node) => {
    const [a, b] = node.inputs as [Node, Node];
    const { transposeA, transposeB } = node.attributes;
    const scaled = withoutFactors(node);
    if (scaled !== undefined || (!isSwap(a) && !isSwap(b))) return scaled;
    return matmul(isSwap(a) ? a.inputs[0]! : a, isSwap(b) ? b.inputs[0]! : b, {
      transposeA: (transposeA === true) !== isSwap(a),
      transposeB: (transposeB === true) !== isSwap(b),
    });
  },
});

const createGemm = defineOp({
  name: 'gemm',
  infer: (inputs, attributes) => {
    requireTypes('gemm', inputs, FLOAT);
    const [a, b, c] = inputs as [Node, Node, Node | undefined];
    if (a.shape.length !== 2 || b.shape.length !== 2) {
      throw shapeError('gemm', 'operands are not matrices', [a, b], 'Use matmul for batches of matrices.');
    }
    const shape = productShape('gemm', [a, b], attributes);
    if (c !== undefined && broadcastShapes(c.shape, shape)?.join() !== shape.join()) {
      const problem = `the addend does not broadcast to [${shape.join(', ')}]`;
      throw shapeError('gemm', problem, inputs, 'Give the addend one row, one column or the full extents.');
    }
    return { dtype: 'float32', shape };
  },
  gradient: (node, dy) => {
    const { alpha, beta } = node.attributes as unknown as Required<GemmOptions>;
    const c = node.inputs[2];
    const factors = factorGradients(node, dy, (x, y, transposeA, transposeB) =>
      alpha === 1
        ? matmul(x, y, { transposeA, transposeB })
        : gemm(x, y, undefined, { transposeA, transposeB, alpha }),
    );
    if (c === undefined) return factors;
    return [...factors, sumTo(beta === 1 ? dy : multiply(dy, beta), c.shape)];
  },
  onnx: (node, context) => {
    const { transposeA, transposeB, alpha, beta } = node.attributes as unknown as Required<GemmOptions>;
    const attributes = {
      alpha: alpha === 1 ? undefined : { float: alpha },
      beta: beta === 1 ? undefined : { float: beta },
      transA: flag(transposeA),
      transB: flag(transposeB),
    };
    const operands = node.inputs.map((_, i) => context.input(i));
    context.emit('Gemm', operands, attributes, [context.result()]);
  },
  reference: (node, [a, b, c]) => {
    const { alpha, beta } = node.attributes as unknown as Required<GemmOptions>;
    const ab = product({ ...node, inputs: node.inputs.slice(0, 2) }, a!, b!);
    const at = c === undefined ? undefined : broadcastPositions(c.shape, ab.shape);
    return tabulate(node.dtype, ab.shape, (i) =>
      at === undefined ? alpha * ab.data[i]! : alpha * ab.data[i]! + beta * c!.data[at[i]!]!,
    );
  },
  simplify: (node) => {
    const [a, b, c] = node.inputs as [Node, Node, Node | undefined];
    const options = node.attributes as unknown as Required<GemmOptions>;
    const scaled = withoutFactors(node);
    if (scaled !== undefined || (!isSwap(a) && !isSwap(b))) return scaled;
    return gemm(isSwap(a) ? a.inputs[0]! : a, isSwap(b) ? b.inputs[0]! : b, c, {
      ...options,
      transposeA: options.transposeA !== isSwap(a),
      transposeB: options.transposeB !== isSwap(b),
    });
  },
});

/** A constant factor of a node, and the rest. */
function factorOf(x: Node): { readonly factor: number; readonly rest: Node } {
  if (x.op === 'reshape' || isSwap(x)) {
    const { factor, rest } = factorOf(x.inputs[0]!);
    return factor === 1 ? { factor, rest: x } : { factor, rest: withInputs(x, [rest]) };
  }
  const at = x.op === 'multiply' ? x.inputs.findIndex((operand) => scalarValue(operand) !== undefined) : -1;
  const other = x.inputs[1 - at];
  if (at === -1 || other === undefined || !isSameShape(other.shape, x.shape)) return { factor: 1, rest: x };
  return { factor: scalarValue(x.inputs[at]!)!, rest: other };
}

/**
 * Whether a product has a row or a column of its own kernel in the runtime, which takes no factor: three times as fast as a
 * Gemm of one row or column.
 */
export function isOfVector(node: Node): boolean {
  const { transposeA, transposeB } = node.attributes;
  return node.op === 'matmul' && node.shape.includes(1) && transposeA !== true && transposeB !== true;
}

/** A product of matrices that does itself what constant factors do to its operands. */
function withoutFactors(node: Node): Node | undefined {
  const [a, b, c] = node.inputs as [Node, Node, Node | undefined];
  if (a.shape.length !== 2 || b.shape.length !== 2) return undefined;
  const ofVector = isOfVector(node);
  const [left, right] = [a, b].map((operand) =>
    ofVector && sizeOf(operand.shape) <= sizeOf(node.shape)
      ? { factor: 1, rest: operand }
      : factorOf(operand),
  ) as [ReturnType<typeof factorOf>, ReturnType<typeof factorOf>];
  const options = node.attributes as unknown as GemmOptions;
  const factor = left.factor * right.factor;
  const alpha = Math.fround(factor * (options.alpha ?? 1));
  if (factor === 1 || !Number.isFinite(alpha) || Math.abs(alpha) < 1e-30) return undefined;
  if (ofVector) return multiply(matmul(left.rest, right.rest), alpha);
  return gemm(left.rest, right.rest, c, { ...options, alpha });
}

function swapLast(rank: number): number[] {
  return [...Array.from({ length: rank - 2 }, (_, axis) => axis), rank - 1, rank - 2];
}

/** Whether a node is a transpose that only swaps the last two axes. */
function isSwap(node: Node): boolean {
  if (node.op !== 'transpose') return false;
  return String(node.attributes.permutation) === String(swapLast(node.shape.length));
}

/** `x` with its last two axes swapped. */
export function swapAxes(x: Node): Node {
  return transpose(x, swapLast(x.shape.length));
}

/**
 * The product of matrices in the last two axes; leading axes broadcast.
 *
 * Throws LU_GRAPH_SHAPE naming both operands when the inner extents differ.
 *
 * @example
 * matmul(x, w); // [32, 784] x [784, 512] -> [32, 512]
 */
export function matmul(a: Node, b: Node, options: MatmulOptions = {}): Node {
  return createMatmul([a, b], {
    transposeA: options.transposeA ?? false,
    transposeB: options.transposeB ?? false,
  });
}

/**
 * `alpha op(a) op(b) + beta c` of matrices; `c` broadcasts to the product.
 *
 * Defaults: alpha 1, beta 1, no transposes. Both factors are rounded to float32. With `c` a full matrix this is a
 * momentum step (`beta` = momentum) or a plain gradient step in one kernel.
 */
export function gemm(a: Node, b: Node, c?: Node, options: GemmOptions = {}): Node {
  const alpha = Math.fround(options.alpha ?? 1);
  const beta = Math.fround(options.beta ?? 1);
  if (!Number.isFinite(alpha) || !Number.isFinite(beta)) {
    throw new LuthierError('LU_GRAPH_ATTRIBUTE', `gemm: alpha ${alpha} and beta ${beta} must be finite`, {
      fix: 'Give finite factors.',
    });
  }
  return createGemm(c === undefined ? [a, b] : [a, b, c], {
    transposeA: options.transposeA ?? false,
    transposeB: options.transposeB ?? false,
    alpha,
    beta,
  });
}
