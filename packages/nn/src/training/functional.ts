import { LuthierError } from '@luthier/core';
import { refuseUnknown } from '../layers/options.ts';
import { Model, type ModelOptions } from './model.ts';
import { planGraph } from './plan.ts';
import type { SymbolicTensor } from './symbolic.ts';

/** Options of `functional`. */
export interface FunctionalOptions extends ModelOptions {
  /** What `input()` gave; one, or several in the order in which data are given. */
  readonly inputs: SymbolicTensor | readonly SymbolicTensor[];
  /** One tensor, several (named after their layers), or several by name. */
  readonly outputs: SymbolicTensor | readonly SymbolicTensor[] | Readonly<Record<string, SymbolicTensor>>;
}

function isTensor(given: FunctionalOptions['outputs']): given is SymbolicTensor {
  return 'shape' in given && Array.isArray(given.shape);
}

/**
 * A model of any acyclic graph of layers, with one or several inputs and outputs.
 *
 * A layer object called more than once shares its weights between the calls. Throws `LU_MODEL_INPUT` for an input that
 * is missing among `inputs`, or that no output needs, and `LU_MODEL_CYCLE` for a cycle.
 *
 * @example
 * const a = input({ shape: [16] });
 * const hidden = call(layers.dense({ units: 16, activation: 'relu' }), a);
 * const model = functional({ inputs: a, outputs: call(layers.add(), a, hidden) });
 */
export function functional(options: FunctionalOptions): Model {
  const { inputs, outputs, ...rest } = options;
  refuseUnknown('LU_MODEL_OPTION', 'functional', rest, ['name', 'seed']);
  if (typeof inputs !== 'object' || typeof outputs !== 'object') {
    throw new LuthierError('LU_MODEL_EMPTY', 'functional needs inputs and outputs', {
      fix: 'Write functional({ inputs, outputs }) with what input() and call() returned.',
    });
  }
  const ends = isTensor(outputs)
    ? [{ tensor: outputs }]
    : Array.isArray(outputs)
      ? (outputs as readonly SymbolicTensor[]).map((tensor) => ({ tensor }))
      : Object.entries(outputs).map(([name, tensor]) => ({ name, tensor }));
  const sources = Array.isArray(inputs) ? inputs : [inputs as SymbolicTensor];
  return Model.create(planGraph({ inputs: sources, outputs: ends }), rest);
}
