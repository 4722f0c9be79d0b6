import { type HyperParameters, LuthierError, type Params, type ParamValue } from '@luthier/core';
import { createSpace } from './check.ts';
import { createHyperParameters } from './hyper-parameters.ts';
import { mergeParameters } from './merge.ts';
import type { Condition, Constraint, Parameter, Space } from './parameter.ts';

/** What running a model builder without training revealed. */
export interface Discovery {
  readonly space: Space;
  /**
   * False when a branch of `hp.when` may hold parameters that were not met: the builder threw there, or there are more
   * branches than the limit. Counts of the space are then lower bounds.
   */
  readonly complete: boolean;
  /** How often the builder ran. */
  readonly builds: number;
  /** Why the space may be incomplete, for people. */
  readonly reasons: readonly string[];
}

function branchKey(conditions: readonly Condition[]): string {
  return JSON.stringify(conditions);
}

/** Values that make all conditions hold, as far as they do not contradict each other. */
function paramsFor(conditions: readonly Condition[]): Params | undefined {
  const params: Record<string, ParamValue> = {};
  const allowed = new Map<string, readonly ParamValue[]>();
  for (const { parent, values } of conditions) {
    const both = (allowed.get(parent) ?? values).filter((value) => values.includes(value));
    if (both.length === 0) return undefined;
    allowed.set(parent, both);
    params[parent] = both[0]!;
  }
  return params;
}

/**
 * The search space of a model builder, found by running it: once with all defaults, then once for each branch of
 * `hp.when` that has not run yet. Nothing is trained.
 *
 * Defaults: at most 64 builds. What only plain control flow opens (`if (hp.int('layers', ...) > 1)`) cannot be seen ahead:
 * the trial that first meets such a parameter adds it to the space. Throws what the builder throws on its defaults, and
 * LU_SPACE_* for ranges that make no sense.
 *
 * @example
 * discoverSpace((hp) => hp.int('units', { min: 32, max: 512, step: 32 })).space
 */
export function discoverSpace(
  build: (hp: HyperParameters) => unknown,
  options: { readonly known?: Space; readonly maxBuilds?: number } = {},
): Discovery {
  const { maxBuilds = 64 } = options;
  let parameters: readonly Parameter[] = options.known?.parameters ?? [];
  const rules = new Map<string, Constraint>(
    (options.known?.constraints ?? []).map((rule) => [rule.text, rule]),
  );
  const tried = new Set<string>();
  const reasons: string[] = [];
  const pending: (readonly Condition[])[] = [];
  let builds = 0;

  const run = (params: Params): void => {
    builds += 1;
    const hp = createHyperParameters({
      known: { parameters },
      params,
      seed: 0,
      trial: 0,
      missing: 'default',
    });
    build(hp);
    parameters = mergeParameters(parameters, hp.met());
    for (const text of hp.rules()) if (!rules.has(text)) rules.set(text, { text });
    for (const branch of hp.skipped()) {
      const key = branchKey(branch);
      if (tried.has(key)) continue;
      tried.add(key);
      pending.push(branch);
    }
  };

  run({});
  while (pending.length > 0 && builds < maxBuilds) {
    const branch = pending.shift()!;
    const params = paramsFor(branch);
    if (!params) continue;
    try {
      run(params);
    } catch (error) {
      if (error instanceof LuthierError && error.code.startsWith('LU_SPACE_')) throw error;
      const where = branch.map(({ parent, values }) => `${parent} in ${values.join(', ')}`).join(' and ');
      reasons.push(
        `the builder failed for ${where}: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }
  if (pending.length > 0) reasons.push(`${pending.length} branches were left after ${builds} builds`);
  const space = createSpace(parameters, [...rules.values()]);
  return { space, complete: reasons.length === 0, builds, reasons };
}
