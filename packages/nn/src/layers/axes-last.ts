import { LuthierError } from '@luthier/core';
import type { Node, Shape } from '../graph/node.ts';
import { reshape, transpose } from '../graph/ops/shape.ts';

/** Reads axes of a sample, counted with the batch axis as 0 or back from the end; throws `LU_LAYER_OPTION`. */
export function parseAxes(where: string, given: number | readonly number[] = -1): readonly number[] {
  const axes = typeof given === 'number' ? [given] : given;
  const isRight =
    Array.isArray(axes) && axes.length > 0 && axes.every((axis) => Number.isInteger(axis) && axis !== 0);
  if (isRight && new Set(axes).size === axes.length) return axes;
  throw new LuthierError('LU_LAYER_OPTION', `${where}: axis is ${JSON.stringify(given)}`, {
    fix: 'Give axes of a sample, counted from 1 or back from -1.',
    where,
  });
}

/** The same counted from 0 among the axes of a sample; throws `LU_LAYER_SHAPE` for one that it does not have. */
function axesOf(axes: readonly number[], sample: Shape): readonly number[] {
  const found = axes.map((axis) => {
    const at = axis < 0 ? sample.length + axis : axis - 1;
    if (at >= 0 && at < sample.length) return at;
    throw new LuthierError(
      'LU_LAYER_SHAPE',
      `has axis ${axis}, which samples of [${sample.join(', ')}] do not have`,
      {
        fix: `Choose an axis from 1 to ${sample.length}.`,
      },
    );
  });
  if (new Set(found).size === found.length) return found;
  throw new LuthierError('LU_LAYER_SHAPE', `names an axis twice: ${axes.join(', ')}`, {
    fix: 'Name every axis once.',
  });
}

/** Extents of a sample along axes. */
export function extentsAlong(axes: readonly number[], sample: Shape): Shape {
  return sample.length === 0 ? [1] : axesOf(axes, sample).map((axis) => sample[axis]!);
}

/** The shape of the output of a layer that keeps it; throws `LU_LAYER_SHAPE` for axes that samples do not have. */
export function keptShape({ axes }: { readonly axes: readonly number[] }, sample: Shape): Shape {
  extentsAlong(axes, sample);
  return sample;
}

/** A value with some axes of its samples as one at the end, and the way back. */
export interface AxesLast {
  readonly x: Node;
  readonly isMoved: boolean;
  back(y: Node): Node;
}

/** Moves axes to the end, as one; a value whose last axis is the only one stays as it is. */
export function axesLast(input: Node, axes: readonly number[]): AxesLast {
  const sample = input.shape.slice(1);
  const own = sample.length === 0 ? [] : axesOf(axes, sample).map((axis) => axis + 1);
  if (own.length === 0 || (own.length === 1 && own[0] === sample.length)) {
    return { x: input, isMoved: false, back: (y) => y };
  }
  const order = [...input.shape.map((_, axis) => axis).filter((axis) => !own.includes(axis)), ...own];
  const moved = transpose(input, order);
  const rest = moved.shape.slice(0, -own.length);
  const size = own.reduce((product, axis) => product * input.shape[axis]!, 1);
  const inverse = order.map((_, axis) => order.indexOf(axis));
  return {
    x: reshape(moved, [...rest, size]),
    isMoved: true,
    back: (y) => transpose(reshape(y, moved.shape), inverse),
  };
}
