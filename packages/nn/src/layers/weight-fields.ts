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

/** Options of one weight of a layer, such as `kernelInitializer` for the prefix `kernel`. */
export type WeightOptions<P extends string> = {
  readonly [K in `${P}Initializer`]?: InitializerName | Initializer;
} & {
  readonly [K in `${P}Regularizer`]?: RegularizerName | Regularizer;
} & {
  readonly [K in `${P}Constraint`]?: ConstraintName | Constraint;
};

/** The same, read and checked. */
export type WeightFields<P extends string> = {
  readonly [K in `${P}Initializer`]: Initializer;
} & {
  readonly [K in `${P}Regularizer`]?: Regularizer;
} & {
  readonly [K in `${P}Constraint`]?: Constraint;
};

/** Names of the options of a weight, for refusing others. */
export function weightOptionNames(prefix: string): readonly string[] {
  return [`${prefix}Initializer`, `${prefix}Regularizer`, `${prefix}Constraint`];
}

/** Reads the options of a weight; `initializer` is the default. */
export function parseWeight<P extends string>(
  where: string,
  prefix: P,
  options: WeightOptions<P>,
  initializer: InitializerName | Initializer,
): WeightFields<P> {
  const given = options as Readonly<Record<string, unknown>>;
  const regularizer = parseRegularizer(
    `${where}: ${prefix}`,
    given[`${prefix}Regularizer`] as RegularizerName | Regularizer | undefined,
  );
  const constraint = parseConstraint(
    `${where}: ${prefix}`,
    given[`${prefix}Constraint`] as ConstraintName | Constraint | undefined,
  );
  const start = given[`${prefix}Initializer`] as InitializerName | Initializer | undefined;
  return {
    [`${prefix}Initializer`]: parseInitializer(where, start ?? initializer),
    ...(regularizer === undefined ? {} : { [`${prefix}Regularizer`]: regularizer }),
    ...(constraint === undefined ? {} : { [`${prefix}Constraint`]: constraint }),
  } as unknown as WeightFields<P>;
}

/** The weight of a prefix, as a layer asks for it. */
export function weightSpec<P extends string>(
  prefix: P,
  fields: WeightFields<P>,
  name: string,
  shape: Shape,
  fans: Fans,
): WeightSpec {
  const read = fields as Readonly<Record<string, unknown>>;
  const regularizer = read[`${prefix}Regularizer`] as Regularizer | undefined;
  const constraint = read[`${prefix}Constraint`] as Constraint | undefined;
  return {
    name,
    shape,
    initializer: read[`${prefix}Initializer`] as Initializer,
    fans,
    ...(regularizer === undefined ? {} : { regularizer }),
    ...(constraint === undefined ? {} : { constraint }),
  };
}
