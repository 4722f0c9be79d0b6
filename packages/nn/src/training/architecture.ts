import { LuthierError } from '@luthier/core';
import type { Layer } from '../layers/layer.ts';
import { type ModelPlan, planGraph } from './plan.ts';
import { callAll, input, type SymbolicTensor } from './symbolic.ts';

/** Layers and how they are connected, as plain data. */
export interface Architecture {
  readonly inputs: readonly { readonly name: string; readonly shape: readonly number[] }[];
  /** With their names in the model. */
  readonly layers: readonly Layer[];
  /** In order: which layer, on which values. The inputs are the first values, then come the outputs of every call. */
  readonly calls: readonly { readonly layer: number; readonly inputs: readonly number[] }[];
  readonly outputs: readonly { readonly name: string; readonly value: number }[];
}

/** The architecture of a model. */
export function toArchitecture(plan: ModelPlan): Architecture {
  return {
    inputs: plan.inputs.map(({ name, shape }) => ({ name, shape })),
    layers: plan.layers.map(({ layer, name }) => ({ ...layer, name })),
    calls: plan.calls.map(({ layer, inputs }) => ({ layer: plan.layers.indexOf(layer), inputs })),
    outputs: plan.outputs.map(({ name, value }) => ({ name, value })),
  };
}

function damaged(what: string): LuthierError {
  return new LuthierError('LU_MODEL_FILE', `the architecture in the file ${what}`, {
    fix: 'Save the model again, or give an undamaged copy.',
    where: 'architecture',
  });
}

/**
 * The symbolic tensors of an architecture, by the numbers of their values; `replaced` stand in for some.
 *
 * Throws as `fromArchitecture` does.
 */
export function toTensors(
  { inputs, layers, calls }: Architecture,
  replaced: ReadonlyMap<number, SymbolicTensor> = new Map(),
): readonly SymbolicTensor[] {
  const values: SymbolicTensor[] = inputs.map((one) => input(one));
  for (const call of calls) {
    const layer = layers[call.layer];
    if (layer === undefined) throw damaged(`calls layer ${call.layer} of ${layers.length}`);
    const given = call.inputs.map((value) => {
      const tensor = values[value];
      if (tensor !== undefined) return tensor;
      throw new LuthierError(
        'LU_MODEL_CYCLE',
        `${layer.kind} '${layer.name}' reads a value that comes after it`,
        {
          fix: 'A model is an acyclic graph of layers: save the model again.',
          where: 'architecture',
        },
      );
    });
    const first = values.length;
    values.push(...callAll(layer, ...given).map((tensor, i) => replaced.get(first + i) ?? tensor));
  }
  return values;
}

/**
 * The plan of a model from its architecture.
 *
 * Throws `LU_LAYER_UNKNOWN` for a kind of layer that is not registered here, `LU_MODEL_CYCLE` where a layer reads what
 * comes after it, `LU_MODEL_FILE` for what is no architecture.
 */
export function fromArchitecture(given: Architecture): ModelPlan {
  const { inputs, layers, calls, outputs } = given;
  if (![inputs, layers, calls, outputs].every(Array.isArray)) throw damaged('is incomplete');
  const values = toTensors(given);
  return planGraph({
    inputs: values.slice(0, inputs.length),
    outputs: outputs.map(({ name, value }) => {
      const tensor = values[value];
      if (tensor === undefined) throw damaged(`gives value ${value} of ${values.length}`);
      return { name, tensor };
    }),
  });
}
