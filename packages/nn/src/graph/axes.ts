import { shapeError } from './errors.ts';
import type { Node } from './node.ts';

/** An axis counted from the front; negative ones count from the back. Throws LU_GRAPH_SHAPE when there is none. */
export function normalizeAxis(op: string, x: Node, axis: number, rank: number = x.shape.length): number {
  const normal = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(axis) || normal < 0 || normal >= rank) {
    throw shapeError(op, `there is no axis ${axis}`, [x], `Choose an axis from ${-rank} to ${rank - 1}.`);
  }
  return normal;
}

/** Distinct axes in ascending order; undefined means all. */
export function normalizeAxes(
  op: string,
  x: Node,
  axes: number | readonly number[] | undefined,
): readonly number[] {
  if (axes === undefined) return x.shape.map((_, axis) => axis);
  const list = typeof axes === 'number' ? [axes] : axes;
  const normal = list.map((axis) => normalizeAxis(op, x, axis)).sort((a, b) => a - b);
  if (new Set(normal).size !== normal.length) {
    throw shapeError(op, `axes ${list.join(', ')} repeat`, [x], 'Name every axis once.');
  }
  return normal;
}
