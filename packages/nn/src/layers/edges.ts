import { LuthierError } from '@luthier/core';

/** Extents before and after an axis. */
export type Edge = readonly [number, number];
/** One extent for both sides, or before and after. */
export type EdgeOption = number | Edge;
/** One extent for all sides; one for each axis; or before and after each axis: [[top, bottom], [left, right]]. */
export type EdgesOption = number | readonly [EdgeOption, EdgeOption];

function toEdge(where: string, option: string, given: EdgeOption): Edge {
  const edge: Edge = typeof given === 'number' ? [given, given] : given;
  const isEdge =
    Array.isArray(edge) &&
    edge.length === 2 &&
    edge.every((extent) => Number.isInteger(extent) && extent >= 0);
  if (!isEdge) {
    throw new LuthierError('LU_LAYER_OPTION', `${where}: ${option} is ${JSON.stringify(given)}`, {
      fix: `Give ${option} whole numbers from 0: one for all sides, or those before and after each axis.`,
      where,
    });
  }
  return edge;
}

/** Reads the edges of one axis. */
export function parseEdge(where: string, option: string, given: EdgeOption): readonly [Edge] {
  return [toEdge(where, option, given)];
}

/** Reads the edges of two axes. */
export function parseEdges(where: string, option: string, given: EdgesOption): readonly [Edge, Edge] {
  if (typeof given === 'number') return [toEdge(where, option, given), toEdge(where, option, given)];
  if (Array.isArray(given) && given.length === 2) {
    return [toEdge(where, option, given[0]), toEdge(where, option, given[1])];
  }
  throw new LuthierError('LU_LAYER_OPTION', `${where}: ${option} is ${JSON.stringify(given)}`, {
    fix: `Give ${option} one number, or one entry for each of two axes.`,
    where,
  });
}
