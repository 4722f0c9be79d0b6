import type { Json } from '@luthier/core';
import { type ConvGeometry, type GeometryOptions, parseGeometry } from './conv-geometry.ts';
import {
  CONV_OUTPUT_OPTIONS,
  type ConvOutput,
  type ConvOutputOptions,
  convOutputStructure,
  parseConvOutput,
} from './conv-output.ts';
import type { Layer } from './layer.ts';
import { refuseUnknown } from './options.ts';
import { layerName, placeOptions } from './place.ts';

/** Options that all convolutions over images take. */
export interface ConvImageOptions extends GeometryOptions, ConvOutputOptions {}

/** What all convolutions have: how the kernel moves, and what becomes of the sums. */
export interface ConvFields extends Omit<Layer, 'kind'>, ConvGeometry, ConvOutput {}

/** Names of the options that all convolutions take, for refusing others. */
const CONV_OPTIONS = ['kernelSize', 'strides', 'dilationRate', 'padding', ...CONV_OUTPUT_OPTIONS];

/** Refuses options that neither all convolutions nor this kind take; gives the layer as messages name it. */
export function convName(kind: string, options: ConvOutputOptions, own: readonly string[]): string {
  const where = layerName(kind, options);
  refuseUnknown('LU_LAYER_OPTION', where, options, [...own, ...CONV_OPTIONS]);
  return where;
}

/** Reads the options that all convolutions take, with a geometry that is read already. */
export function parseConv(where: string, geometry: ConvGeometry, options: ConvOutputOptions): ConvFields {
  return { ...geometry, ...parseConvOutput(where, options), ...placeOptions(where, options) };
}

/** Reads the options of a convolution over images. */
export function parseConvImage(where: string, options: ConvImageOptions): ConvFields {
  return parseConv(where, parseGeometry(where, options), options);
}

/** What of it shapes the graph. */
export function convStructure(layer: ConvFields): Json {
  const { kernelSize, strides, dilationRate, padding } = layer;
  return [[...kernelSize], [...strides], [...dilationRate], padding, convOutputStructure(layer)];
}
