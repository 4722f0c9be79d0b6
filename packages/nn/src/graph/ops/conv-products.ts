import type { Node } from '../node.ts';
import { sizeOf } from '../tensor.ts';
import type { ConvAttributes } from './conv-visit.ts';
import { matmul, swapAxes } from './linear-algebra.ts';
import { reshape, transpose } from './shape.ts';
import { concat } from './slice.ts';
import { taps, type Window } from './window.ts';

/** The windows as a matrix of one row per place, [places, size * channels]; of a single channel, transposed. */
function columns(x: Node, window: Window): { readonly matrix: Node; readonly isTransposed: boolean } {
  const parts = taps(x, window, 0);
  const rows = sizeOf(parts[0]!.shape.slice(0, 3));
  const channels = x.shape[3]!;
  if (parts.length === 1) return { matrix: reshape(parts[0]!, [rows, channels]), isTransposed: false };
  if (channels === 1) {
    // Rows of single elements would be copied one by one.
    const lines = parts.map((part) => reshape(part, [1, rows]));
    return { matrix: concat(lines, 0), isTransposed: true };
  }
  return { matrix: reshape(concat(parts, 3), [rows, parts.length * channels]), isTransposed: false };
}

/** A convolution of one group as a product of matrices: the windows written out as rows, times the kernel. */
export function productConv(x: Node, kernel: Node, window: Window): Node {
  const { matrix, isTransposed } = columns(x, window);
  const filters = kernel.shape[3]!;
  return matmul(matrix, reshape(kernel, [-1, filters]), { transposeA: isTransposed });
}

/** The gradient of the kernel [rows, columns, channels, filters] of one group as a product of matrices. */
export function productKernel(x: Node, dy: Node, window: Window): Node {
  const rows = reshape(dy, [-1, dy.shape[3]!]);
  const [count, filters] = rows.shape as readonly [number, number];
  const shape = [...window.size, x.shape[3]!, filters];
  const { matrix, isTransposed } = columns(x, window);
  if (isTransposed) return reshape(matmul(matrix, rows), shape);
  // Transposed by itself, behind an extent of 1 that keeps the runtime from fusing it: products with a long transposed
  // left operand are slow.
  const columnwise = transpose(reshape(rows, [1, count, filters]), [0, 2, 1]);
  const product = matmul(reshape(columnwise, [filters, count]), matrix);
  return reshape(swapAxes(product), shape);
}

/** The same of several groups, which split the channels of the images but the filters of the kernel: one product a group. */
export function productKernels(x: Node, dy: Node, { groups, ...window }: ConvAttributes): Node {
  const places = sizeOf(dy.shape.slice(0, 3));
  const [channels, filters] = [x.shape[3]! / groups, dy.shape[3]! / groups];
  const columns = concat(
    taps(x, window, 0).map((part) => reshape(part, [places, groups, channels])),
    2,
  );
  const outputs = transpose(reshape(dy, [places, groups, filters]), [1, 0, 2]);
  const products = matmul(transpose(columns, [1, 2, 0]), outputs);
  const kernels = reshape(products, [groups, ...window.size, channels, filters]);
  return reshape(transpose(kernels, [1, 2, 3, 0, 4]), [...window.size, channels, groups * filters]);
}
