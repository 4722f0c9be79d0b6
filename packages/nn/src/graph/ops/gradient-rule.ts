import { LuthierError } from '@luthier/core';
import { defineOp } from '../define-op.ts';
import type { Node } from '../node.ts';
import { pick } from './pick.ts';

/**
 * The gradients of inputs, given those of values (undefined where none flows), the inputs and what was kept of the way
 * from inputs to values.
 */
export type GradientRule = (
  outputGradients: readonly (Node | undefined)[],
  inputs: readonly Node[],
  kept: readonly Node[],
) => readonly (Node | undefined)[];

/** Values as they are, but with a gradient by rule with respect to the inputs, instead of the derived one. */
export type WithGradient = (
  values: readonly Node[],
  inputs: readonly Node[],
  kept: readonly Node[],
) => readonly Node[];

const rules = new Map<string, GradientRule>();

interface RuleAttributes {
  readonly rule: string;
  /** How many of the inputs are values, and how many are what the gradient is taken with respect to. */
  readonly values: number;
  readonly inputs: number;
}

const createRuled = defineOp({
  name: 'gradientRule',
  infer: (inputs) => ({ dtype: inputs[0]!.dtype, shape: inputs[0]!.shape }),
  results: ({ inputs, attributes }) => inputs.slice(0, attributes.values as number),
  resultsGradient: ({ inputs: all, attributes }, dys) => {
    const { rule, values, inputs } = attributes as unknown as RuleAttributes;
    const own = all.slice(values, values + inputs);
    const gradients = rules.get(rule)!(dys, own, all.slice(values + inputs));
    return [...all.slice(0, values).map(() => undefined), ...gradients];
  },
  onnx: ({ attributes }, context) => {
    for (let i = 0; i < (attributes.values as number); i++) {
      context.emit('Identity', [context.input(i)], {}, [context.result(i)]);
    }
  },
  reference: ({ attributes }, inputs) => inputs.slice(0, attributes.values as number),
});

/**
 * Registers a gradient that is known to be cheaper or more exact than the derived one.
 *
 * The rule sees nodes that may since have been rebuilt, so it must use nothing but its arguments. `simplify` removes the
 * mark, so differentiate first; whatever only the gradient needs of `kept` is computed only when it is asked for.
 *
 * @example
 * const withLogisticGradient = defineGradientRule('logistic', ([dy], _inputs, [y]) => [
 *   multiply(dy!, multiply(y!, subtract(1, y!))),
 * ]);
 * const y = sigmoid(x);
 * const [ruled] = withLogisticGradient([y], [x], [y]);
 */
export function defineGradientRule(name: string, rule: GradientRule): WithGradient {
  if (rules.has(name)) {
    throw new LuthierError('LU_GRAPH_OP', `gradient rule '${name}' is defined twice`, {
      fix: 'Choose another name for the rule.',
    });
  }
  rules.set(name, rule);
  return (values, inputs, kept) => {
    const attributes: RuleAttributes = { rule: name, values: values.length, inputs: inputs.length };
    const node = createRuled([...values, ...inputs, ...kept], { ...attributes });
    return values.map((_, i) => pick(node, i));
  };
}
