import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Params, ParamValue } from '@luthier/core';
import { choice, createSpace, float, type Parameter, space } from '@luthier/search';
import type { Problem } from './search-harness.ts';

/** A noise-free function of d numbers in a box; the baseline is the lower corner. */
function functionProblem(
  name: string,
  ranges: readonly (readonly [number, number])[],
  best: number,
  of: (x: readonly number[]) => number,
): Problem {
  const names = ranges.map((_, i) => `x${i + 1}`);
  const truth = (params: Params): number => of(names.map((key) => params[key] as number));
  return {
    name,
    space: space(Object.fromEntries(ranges.map(([min, max], i) => [names[i]!, float(min, max)]))),
    direction: 'minimize',
    value: truth,
    truth,
    best,
  };
}

/** Branin 1972; minimum 0.397887. */
export const branin: Problem = functionProblem(
  'branin',
  [
    [-5, 10],
    [0, 15],
  ],
  0.39788735772973816,
  ([x = 0, y = 0]) => {
    const a = y - (5.1 / (4 * Math.PI ** 2)) * x * x + (5 / Math.PI) * x - 6;
    return a * a + 10 * (1 - 1 / (8 * Math.PI)) * Math.cos(x) + 10;
  },
);

const HARTMANN_ALPHA = [1, 1.2, 3, 3.2];
const HARTMANN_A = [
  [10, 3, 17, 3.5, 1.7, 8],
  [0.05, 10, 17, 0.1, 8, 14],
  [3, 3.5, 1.7, 10, 17, 8],
  [17, 8, 0.05, 10, 0.1, 14],
];
const HARTMANN_P = [
  [0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886],
  [0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991],
  [0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.665],
  [0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381],
];

/** Hartmann 1973 in six dimensions; minimum -3.32237. */
export const hartmann6: Problem = functionProblem(
  'hartmann6',
  Array.from({ length: 6 }, () => [0, 1] as const),
  -3.322368011415515,
  (x) =>
    -HARTMANN_ALPHA.reduce(
      (sum, alpha, i) =>
        sum +
        alpha *
          Math.exp(
            -x.reduce((inner, xj, j) => inner + HARTMANN_A[i]![j]! * (xj - HARTMANN_P[i]![j]!) ** 2, 0),
          ),
      0,
    ),
);

/** Ackley 1987 in five dimensions on a box that is not centred on the minimum, which is 0 at 0. */
export const ackley5: Problem = functionProblem(
  'ackley5',
  Array.from({ length: 5 }, () => [-10, 15] as const),
  0,
  (x) => {
    const squares = x.reduce((sum, xi) => sum + xi * xi, 0) / x.length;
    const waves = x.reduce((sum, xi) => sum + Math.cos(2 * Math.PI * xi), 0) / x.length;
    return -20 * Math.exp(-0.2 * Math.sqrt(squares)) - Math.exp(waves) + 20 + Math.E;
  },
);

/** Hartmann's function of six of 60 numbers; the other 54 do nothing. */
export const hartmann60: Problem = functionProblem(
  'hartmann6-of-60',
  Array.from({ length: 60 }, () => [0, 1] as const),
  hartmann6.best,
  (x) => hartmann6.truth(Object.fromEntries(x.slice(0, 6).map((value, i) => [`x${i + 1}`, value]))),
);

/** A bowl in 60 dimensions, its minimum 0 at 0.3, steeper in some dimensions than in others. */
export const bowl60: Problem = functionProblem(
  'bowl60',
  Array.from({ length: 60 }, () => [0, 1] as const),
  0,
  (x) => x.reduce((sum, xi, i) => sum + 10 ** (i / 59) * (xi - 0.3) ** 2, 0),
);

/** Noise-free functions with known minima. */
export const functions: readonly Problem[] = [branin, hartmann6, ackley5, hartmann60, bowl60];

interface Meta {
  readonly benchmarks: Readonly<
    Record<
      string,
      {
        readonly direction: 'minimize' | 'maximize';
        readonly seeds: number;
        readonly space: readonly {
          readonly name: string;
          readonly type: string;
          readonly choices: readonly ParamValue[];
        }[];
        readonly tasks: Readonly<Record<string, { readonly rows: number }>>;
      }
    >
  >;
}

/**
 * The tabular surfaces below a folder (`hpo_tabular`: FCNet, HPOBench and NAS-Bench-201, real training results with 2 to 5
 * seeds each). A search observes one seed; it is judged by the mean. Missing values are NaN: failures.
 */
export function tabular(folder: string): readonly Problem[] {
  const root = existsSync(join(folder, 'hpo_tabular')) ? join(folder, 'hpo_tabular') : folder;
  const meta = JSON.parse(readFileSync(join(root, 'meta.json'), 'utf8')) as Meta;
  return Object.entries(meta.benchmarks).flatMap(([benchmark, { direction, seeds, space: columns, tasks }]) =>
    Object.entries(tasks).flatMap(([task, { rows }]) => {
      const file = join(root, `${benchmark}__${task}.f32.gz`);
      if (!existsSync(file)) return [];
      const bytes = gunzipSync(readFileSync(file));
      const table = new Float32Array(
        bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength),
      );
      const means = Float64Array.from({ length: rows }, (_, row) => {
        const values = [...table.subarray(row * seeds, (row + 1) * seeds)].filter(Number.isFinite);
        return values.reduce((sum, value) => sum + value, 0) / values.length;
      });
      const parameters = columns.map(({ name, type, choices }): Parameter => {
        const { declaration } = choice(choices, { ordered: type !== 'categorical', default: choices[0]! });
        return { ...declaration, name } as Parameter;
      });
      const rowOf = (params: Params): number =>
        columns.reduce((row, { name, choices }) => row * choices.length + choices.indexOf(params[name]!), 0);
      const sign = direction === 'maximize' ? 1 : -1;
      let best = Number.NaN;
      for (const value of means) if (!(sign * best >= sign * value) && Number.isFinite(value)) best = value;
      return [
        {
          name: `${benchmark}/${task}`,
          space: createSpace(parameters),
          direction,
          value: (params: Params, seed: number): number => table[rowOf(params) * seeds + (seed % seeds)]!,
          truth: (params: Params): number => means[rowOf(params)]!,
          best,
        },
      ];
    }),
  );
}
