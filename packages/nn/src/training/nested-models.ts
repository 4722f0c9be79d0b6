import { didYouMean, LuthierError } from '@luthier/core';
import { kindOf } from '../layers/kinds.ts';
import type { Layer } from '../layers/layer.ts';
import { innerPlan, nestedLayers } from './model-layer.ts';
import type { ModelPlan } from './plan.ts';

/** What `find` knows of the layers inside a plan, at any depth, by full name; it looks no further inside what it finds. */
export function findInside<T>(
  plan: ModelPlan,
  find: (layer: Layer) => T | undefined,
): ReadonlyMap<string, T> {
  const all = new Map<string, T>();
  const visit = (layer: Layer, name: string): void => {
    const found = find(layer);
    if (found !== undefined) all.set(name, found);
    else
      for (const [prefix, inner] of kindOf(layer).contains?.(layer) ?? []) visit(inner, `${name}.${prefix}`);
  };
  for (const { layer, name } of plan.layers) visit(layer, name);
  return all;
}

/** The plan of the model inside another that has a name; throws `LU_MODEL_PART` where there is none. */
export function planInside(plan: ModelPlan, wanted: string): ModelPlan {
  const models = findInside(plan, innerPlan);
  const found = models.get(wanted) ?? deeper(models, wanted);
  if (found !== undefined) return found;
  const names = nestedLayers(plan).flatMap(({ name, placed }) =>
    innerPlan(placed.layer) === undefined ? [] : [name],
  );
  throw new LuthierError(
    'LU_MODEL_PART',
    `no model inside is called '${wanted}'${didYouMean(wanted, names) || '.'}`,
    {
      fix: names.length === 0 ? 'Use part() for some layers of a model.' : `Use one of ${names.join(', ')}.`,
      where: wanted,
    },
  );
}

function deeper(models: ReadonlyMap<string, ModelPlan>, wanted: string): ModelPlan | undefined {
  for (const [name, plan] of models) {
    if (wanted.startsWith(`${name}.`)) return planInside(plan, wanted.slice(name.length + 1));
  }
  return undefined;
}

/** Names of all weights. */
export function weightNames({ weights }: ModelPlan): readonly string[] {
  return weights.map(({ path }) => path);
}
