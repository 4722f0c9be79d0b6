import { LuthierError } from '@luthier/core';
import type { Shape } from '../graph/node.ts';
import { requireSampleShape } from './input.ts';

/** Options that every layer takes. */
export interface PlaceOptions {
  /** Shape of one sample, on a first layer. */
  readonly inputShape?: Shape;
  readonly name?: string;
}

/** Options of layers with weights. */
export interface WeightedOptions extends PlaceOptions {
  /** false freezes the weights. Default true. */
  readonly trainable?: boolean;
}

/** `layer conv2d 'stem'`, for messages. */
export function layerName(kind: string, options: PlaceOptions): string {
  return options.name === undefined ? `layer ${kind}` : `layer ${kind} '${options.name}'`;
}

/** The options that a layer has by its place, checked; absent ones stay absent. */
export function placeOptions(where: string, options: WeightedOptions): WeightedOptions {
  const { inputShape, trainable, name } = options;
  if (inputShape !== undefined) requireSampleShape(where, inputShape);
  if (trainable !== undefined && typeof trainable !== 'boolean') {
    throw new LuthierError('LU_LAYER_OPTION', `${where}: trainable is ${String(trainable)}`, {
      fix: 'Give trainable true or false.',
      where,
    });
  }
  return {
    ...(inputShape === undefined ? {} : { inputShape }),
    ...(trainable === undefined ? {} : { trainable }),
    ...(name === undefined ? {} : { name }),
  };
}

/** Refuses samples of another rank; the model puts the layer's name in front. */
export function requireRank(shape: Shape, rank: number, axes: string): void {
  if (shape.length === rank) return;
  throw new LuthierError('LU_LAYER_SHAPE', `takes samples of ${axes}, not [${shape.join(', ')}]`, {
    fix: `Put layers.reshape({ targetShape: ${axes} }) before it.`,
  });
}
