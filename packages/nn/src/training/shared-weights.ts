import { LuthierError } from '@luthier/core';
import type { NamedArrays } from './callback.ts';
import type { ModelState } from './model-state.ts';

/** Weights of a model that belong to another, the lender. */
export interface Loan {
  readonly from: ModelState;
  /** Names of the weights here and at the lender. */
  readonly names: ReadonlyMap<string, string>;
}

/** A loan of weights that are called `prefix` and something at one side, and only that at the other. */
export function createLoan(
  from: ModelState,
  names: readonly string[],
  { here = '', there = '' }: { readonly here?: string; readonly there?: string } = {},
): Loan {
  return { from, names: new Map(names.map((name) => [`${here}${name}`, `${there}${name}`])) };
}

/** A lender's weights under the names here. */
export function lentBy({ names }: Loan, weights: NamedArrays): NamedArrays {
  return Object.fromEntries([...names].map(([here, there]) => [here, weights[there]!]));
}

/** Weights from here under the lender's names. */
export function returnedTo({ names }: Loan, weights: NamedArrays): NamedArrays {
  return Object.fromEntries([...names].map(([here, there]) => [there, weights[here]!]));
}

/** Whom a weight belongs to in the end, and its name there. */
function ownerOf(state: ModelState, name: string): readonly [ModelState, string] {
  for (const { from, names } of state.loans) {
    const there = names.get(name);
    if (there !== undefined) return ownerOf(from, there);
  }
  return [state, name];
}

/** Throws `LU_MODEL_SHARED` where two places of a model would hold the same weight, each training its own copy. */
export function requireSeparateLoans(borrower: string, loans: readonly Loan[]): void {
  const places = new Map<ModelState, Map<string, string>>();
  for (const { from, names } of loans) {
    for (const [here, there] of names) {
      const [owner, name] = ownerOf(from, there);
      const known = places.get(owner) ?? new Map<string, string>();
      places.set(owner, known);
      const other = known.get(name);
      if (other !== undefined) {
        throw new LuthierError(
          'LU_MODEL_SHARED',
          `${borrower} has the weight '${name}' of ${owner.name} in two places: ${other} and ${here}`,
          {
            fix: 'Use one and the same model in both places, not once by itself and once inside another; or give one place its clone().',
            where: here,
          },
        );
      }
      known.set(name, here);
    }
  }
}
