import { type Generator, generator, LuthierError, type ParamValue, randomKey } from '@luthier/core';
import { decodeValue, type Spec, space } from '@luthier/search';
import { gridCandidates, parameterGrid } from './parameter-grid.ts';

/** Lists of values or ranges such as `float(1e-4, 1e-1, { log: true })`, by parameter. */
export type DistributionDefinition = Readonly<Record<string, readonly ParamValue[] | Spec<ParamValue>>>;

/** The parameters of one candidate. */
export type DistributionParams<D> = D extends readonly (infer One)[]
  ? DistributionParams<One>
  : D extends unknown
    ? {
        readonly [K in keyof D]: D[K] extends readonly (infer Value)[]
          ? Value
          : D[K] extends Spec<infer Value>
            ? Value
            : never;
      }
    : never;

/** Drawn candidates, and what there is to say about the draw. */
export interface DrawnCandidates<P> {
  readonly candidates: readonly P[];
  readonly warnings: readonly string[];
}

type AnyDistributions = DistributionDefinition | readonly DistributionDefinition[];

function isList(values: unknown): values is readonly ParamValue[] {
  return Array.isArray(values);
}

/** `count` different numbers below `size`, in random order; nothing as long as `size` is made (Floyd's algorithm). */
function distinct(random: Generator, size: number, count: number): readonly number[] {
  const chosen = new Set<number>();
  for (let top = size - count; top < size; top++) {
    const drawn = random.integer(top + 1);
    chosen.add(chosen.has(drawn) ? top : drawn);
  }
  const all = [...chosen];
  return Array.from(random.permutation(count), (i) => all[i]!);
}

function draw(definition: DistributionDefinition, random: Generator): Readonly<Record<string, ParamValue>> {
  return Object.fromEntries(
    Object.keys(definition)
      .sort()
      .map((name) => {
        const values = definition[name]!;
        if (isList(values)) return [name, values[random.integer(values.length)]!];
        return [name, decodeValue(space({ [name]: values }).parameters[0]!, random.uniform())];
      }),
  );
}

/**
 * Draws candidates as scikit-learn's `ParameterSampler` does.
 *
 * Lists only: combinations without replacement, and all of them with a warning when there are fewer than asked for. As soon as
 * one parameter has a range: independent draws. Of a list of definitions one is picked first, each time.
 * Throws LU_GRID_VALUES for a parameter that is neither.
 */
export function drawCandidates<const D extends AnyDistributions>(
  definition: D,
  count: number,
  seed: number,
): DrawnCandidates<DistributionParams<D>> {
  const all: readonly DistributionDefinition[] = Array.isArray(definition)
    ? definition
    : [definition as DistributionDefinition];
  const values = all.flatMap((one) => Object.entries(one));
  for (const [name, value] of values) {
    const isRange = typeof value === 'object' && 'declaration' in value;
    if (isRange || (isList(value) && value.length > 0)) continue;
    throw new LuthierError('LU_GRID_VALUES', `${name} is neither a list of values nor a range`, {
      fix: `Write ${name}: [32, 64] or ${name}: float(1e-4, 1e-1, { log: true }).`,
      where: name,
    });
  }
  const random = generator(randomKey(seed, 'candidates'));
  if (values.every(([, value]) => isList(value)) && all.length > 0) {
    const grid = parameterGrid(all as readonly Readonly<Record<string, readonly ParamValue[]>>[]);
    type P = DistributionParams<D>;
    if (count >= grid.size) {
      const warnings =
        count === grid.size
          ? []
          : [
              `the space holds ${grid.size} combinations, fewer than the ${count} asked for: each is tried once`,
            ];
      return { candidates: gridCandidates(grid) as unknown as readonly P[], warnings };
    }
    const candidates = distinct(random, grid.size, count).map((index) => grid.at(index));
    return { candidates: candidates as unknown as readonly P[], warnings: [] };
  }
  return {
    candidates: Array.from({ length: count }, () =>
      draw(all[all.length === 1 ? 0 : random.integer(all.length)]!, random),
    ) as unknown as readonly DistributionParams<D>[],
    warnings: [],
  };
}
