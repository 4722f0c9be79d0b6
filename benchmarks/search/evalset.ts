import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { float, space } from '@luthier/search';
import { FUNCTIONS } from './functions/functions.ts';
import { startingAnywhere, type Task } from './problem.ts';

interface Entry {
  readonly name: string;
  readonly bounds: readonly (readonly [number, number])[];
  readonly fmin: number;
}

/** Minima that the list states wrongly: found lower by search, the first two by more than a digit. */
const MINIMA: Readonly<Record<string, number>> = {
  Ned01: -0.18465162060902673,
  SchmidtVetters: -0.9900990099009901,
  Shekel07: -10.40294056681866,
};

/**
 * The functions of `golden/evalset_functions.json`, one task each, by name.
 *
 * Left out are those that only the code of that collection defines (McCourt, MegaDomain, MixtureOfGaussians) and Judge's regression.
 */
export function evalsetTasks(data: string): readonly Task[] {
  const file = join(data, 'golden', 'evalset_functions.json');
  const { functions } = JSON.parse(readFileSync(file, 'utf8')) as { readonly functions: readonly Entry[] };
  return functions.flatMap(({ name: title, bounds, fmin }): readonly Task[] => {
    const of = FUNCTIONS[title];
    if (of === undefined) return [];
    const name = `evalset/${title}`;
    const names = bounds.map((_, i) => `x${i + 1}`);
    const box = space(Object.fromEntries(bounds.map(([min, max], i) => [names[i]!, float(min, max)])));
    const minimum = MINIMA[title] ?? fmin;
    return [
      {
        name,
        hasOptimum: true,
        problem: (seed) => ({
          space: startingAnywhere(box, name, seed),
          direction: 'minimize',
          evaluate: (params) => {
            const value = of(names.map((key) => Number(params[key])));
            return { value, loss: value - minimum };
          },
        }),
      },
    ];
  });
}
