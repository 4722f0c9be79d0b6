import { type Constraint, type ConstraintName, parseConstraint } from '../constraints/constraint.ts';
import type { Shape } from '../graph/node.ts';
import {
  type Fans,
  type Initializer,
  type InitializerName,
  parseInitializer,
} from '../initializers/initializer.ts';
import { parseRegularizer, type Regularizer, type RegularizerName } from '../regularizers/regularizer.ts';
import type { WeightSpec } from './layer.ts';

/** How a weight begins, what it costs, and what it is held to. */
export interface WeightRules {
  readonly initializer: Initializer;
  readonly regularizer?: Regularizer;
  readonly constraint?: Constraint;
}

/** The same as options of a layer give it. */
export interface WeightRuleOptions {
  readonly initializer: InitializerName | Initializer | undefined;
  readonly regularizer: RegularizerName | Regularizer | undefined;
  readonly constraint: ConstraintName | Constraint | undefined;
}

/** Reads the rules of one weight of a layer; `what` is its name in messages. */
export function parseRules(
  where: string,
  what: string,
  options: WeightRuleOptions,
  fallback: InitializerName | Initializer,
): WeightRules {
  const regularizer = parseRegularizer(`${where}: ${what}`, options.regularizer);
  const constraint = parseConstraint(`${where}: ${what}`, options.constraint);
  return {
    initializer: parseInitializer(where, options.initializer ?? fallback),
    ...(regularizer === undefined ? {} : { regularizer }),
    ...(constraint === undefined ? {} : { constraint }),
  };
}

/** A weight that follows rules. */
export function ruledWeight(name: string, shape: Shape, fans: Fans, rules: WeightRules): WeightSpec {
  return { name, shape, fans, ...rules };
}
