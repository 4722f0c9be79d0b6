import { didYouMean, LuthierError } from '@luthier/core';
import { toArchitecture, toTensors } from './architecture.ts';
import { type ModelPlan, planGraph } from './plan.ts';
import type { SymbolicTensor } from './symbolic.ts';
import { input } from './symbolic.ts';

/** Which part of a model. */
export interface PartOfModel {
  /** Layers whose outputs the part takes in. Default: the inputs of the model. */
  readonly from?: string | readonly string[];
  /** Layers whose outputs the part gives. Default: the outputs of the model. */
  readonly to?: string | readonly string[];
}

/** Numbers of the values that a layer gives; throws for a layer that is not there or has several calls. */
function valuesOf(plan: ModelPlan, option: string, name: string): readonly number[] {
  const calls = plan.calls.filter(({ layer }) => layer.name === name);
  if (calls.length === 1) return calls[0]!.outputs;
  const known = plan.layers.map((layer) => layer.name);
  throw new LuthierError(
    'LU_MODEL_PART',
    calls.length === 0
      ? `part: ${option} names no layer of the model: '${name}'${didYouMean(name, known) || '.'}`
      : `part: ${option} names '${name}', which is called ${calls.length} times`,
    { fix: `Name a layer that is called once, such as ${known.join(', ')}.`, where: option },
  );
}

/** The inputs that tensors depend on. */
function sourcesOf(outputs: readonly SymbolicTensor[]): ReadonlySet<SymbolicTensor> {
  const met = new Set(outputs);
  for (const { call } of met) for (const tensor of call?.inputs ?? []) met.add(tensor);
  return met;
}

/** The plan of a part of a model: what lies between some layers and others. Throws `LU_MODEL_PART`, `LU_MODEL_INPUT`. */
export function planPart(plan: ModelPlan, { from, to }: PartOfModel): ModelPlan {
  const starts = [from ?? []].flat().flatMap((name) => valuesOf(plan, 'from', name));
  const shapeOf = (value: number): readonly number[] => {
    const { layer, outputs } = plan.calls.find((call) => call.outputs.includes(value))!;
    return layer.outputs[outputs.indexOf(value)]!;
  };
  const replaced = new Map(starts.map((value) => [value, input({ shape: shapeOf(value) })]));
  const tensors = toTensors(toArchitecture(plan), replaced);
  const outputs =
    to === undefined
      ? plan.outputs.map(({ name, value }) => ({ name, tensor: tensors[value]! }))
      : [to]
          .flat()
          .flatMap((name) => valuesOf(plan, 'to', name).map((value) => ({ tensor: tensors[value]! })));
  const needed = sourcesOf(outputs.map(({ tensor }) => tensor));
  const inputs = tensors.slice(0, plan.inputs.length).filter((tensor) => needed.has(tensor));
  return planGraph({ inputs: from === undefined ? inputs : [...replaced.values()], outputs });
}
