import { didYouMean, LuthierError } from '@luthier/core';
import type { Shape } from '../graph/node.ts';
import { type Layer, type LayerKind, layerKind, layerKinds } from './layer.ts';

/** A layer as messages name it. */
export function describeLayer({ kind, name }: Layer): string {
  return name === undefined ? kind : `${kind} '${name}'`;
}

/** The definition of a layer's kind; throws LU_LAYER_UNKNOWN with the nearest name. */
export function kindOf(layer: Layer): LayerKind {
  if (typeof layer?.kind !== 'string') {
    throw new LuthierError('LU_LAYER_UNKNOWN', `${String(layer)} is no layer`, {
      fix: 'Give what a function of layers returned, such as layers.dense({ units: 8 }), or a model.',
    });
  }
  const kind = layerKind(layer.kind);
  if (kind !== undefined) return kind;
  throw new LuthierError(
    'LU_LAYER_UNKNOWN',
    `unknown kind of layer '${String(layer.kind)}'${didYouMean(String(layer.kind), layerKinds()) || '.'}`,
    { fix: `Use one of ${layerKinds().join(', ')}, or register the kind with defineLayer.` },
  );
}

function requireArity(kind: LayerKind, count: number): void {
  const [fewest, most] = kind.arity ?? [1, 1];
  if (count >= fewest && count <= most) return;
  const wanted =
    fewest === most
      ? `${fewest}`
      : most === Number.POSITIVE_INFINITY
        ? `${fewest} or more`
        : `${fewest} to ${most}`;
  throw new LuthierError(
    'LU_LAYER_INPUTS',
    `takes ${wanted} input${wanted === '1' ? '' : 's'}, not ${count}`,
    {
      fix: 'Call it on as many tensors as it takes.',
    },
  );
}

/** Shapes of one sample of all outputs of a layer; throws for inputs it cannot take. */
export function outputShapesOf(layer: Layer, inputs: readonly Shape[]): readonly Shape[] {
  const kind = kindOf(layer);
  requireArity(kind, inputs.length);
  return kind.outputShapes?.(layer, inputs) ?? [kind.outputShape(layer, inputs[0]!, inputs)];
}
