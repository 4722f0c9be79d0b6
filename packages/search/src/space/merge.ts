import { LuthierError } from '@luthier/core';
import { describeParameter, sameRange } from './compare.ts';
import type { Condition, Parameter } from './parameter.ts';

function isSameCondition(a: Condition, b: Condition): boolean {
  return (
    a.parent === b.parent &&
    a.values.length === b.values.length &&
    a.values.every((v) => b.values.includes(v))
  );
}

/**
 * Conditions under which a parameter is active that is asked for under either of two lists of conditions: lists that
 * differ in the values of one parent are joined, otherwise only what both share stays.
 */
export function eitherConditions(a: readonly Condition[], b: readonly Condition[]): readonly Condition[] {
  const shared = a.filter((condition) => b.some((other) => isSameCondition(condition, other)));
  const onlyA = a.filter((condition) => !shared.includes(condition));
  const onlyB = b.filter((condition) => !shared.some((other) => isSameCondition(condition, other)));
  if (onlyA.length !== 1 || onlyB.length !== 1 || onlyA[0]!.parent !== onlyB[0]!.parent) return shared;
  const values = [...new Set([...onlyA[0]!.values, ...onlyB[0]!.values])];
  return a.flatMap((condition) =>
    condition === onlyA[0] ? [{ parent: condition.parent, values }] : [condition],
  );
}

/** The same parameter under other conditions. */
export function withConditions(parameter: Parameter, conditions: readonly Condition[]): Parameter {
  const { conditions: _replaced, ...rest } = parameter;
  return (conditions.length === 0 ? rest : { ...rest, conditions }) as Parameter;
}

/** Parameters that must come before one: those of its conditions and bounds. */
export function namedBy(parameter: Parameter): readonly string[] {
  const parents = (parameter.conditions ?? []).map(({ parent }) => parent);
  if (parameter.kind !== 'float' && parameter.kind !== 'int') return parents;
  const { atLeast, atMost } = parameter;
  return [...parents, ...[atLeast, atMost].flatMap((bound) => (bound ? [bound.parameter] : []))];
}

/** Joins what several runs met; parents stay before their children. */
export function mergeParameters(
  known: readonly Parameter[],
  met: readonly Parameter[],
): readonly Parameter[] {
  const merged = new Map(known.map((parameter) => [parameter.name, parameter]));
  for (const parameter of met) {
    const before = merged.get(parameter.name);
    if (before && !sameRange(before, parameter))
      throw new LuthierError(
        'LU_SPACE_DUPLICATE',
        `${parameter.name}: asked for once as ${describeParameter(before)}, once as ${describeParameter(parameter)}`,
        { fix: 'Use one range everywhere, or two names.', where: parameter.name },
      );
    merged.set(
      parameter.name,
      before
        ? withConditions(before, eitherConditions(before.conditions ?? [], parameter.conditions ?? []))
        : parameter,
    );
  }
  const ordered = new Map<string, Parameter>();
  const place = (parameter: Parameter): void => {
    if (ordered.has(parameter.name)) return;
    for (const name of namedBy(parameter)) {
      const found = merged.get(name);
      if (found) place(found);
    }
    ordered.set(parameter.name, parameter);
  };
  for (const parameter of merged.values()) place(parameter);
  return [...ordered.values()];
}
