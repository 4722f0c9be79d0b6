import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Params, ParamValue } from '@luthier/core';
import { choice, createSpace, type Parameter } from '@luthier/search';
import { startingAnywhere, type Task } from './problem.ts';

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

function float32File(file: string): Float32Array {
  const bytes = gunzipSync(readFileSync(file));
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}

function rowMeans(table: Float32Array, rows: number, seeds: number): Float64Array {
  return Float64Array.from({ length: rows }, (_, row) => {
    const values = [...table.subarray(row * seeds, (row + 1) * seeds)].filter(Number.isFinite);
    return values.reduce((sum, value) => sum + value, 0) / values.length;
  });
}

/**
 * The complete tables of `hpo_tabular` (FCNet, HPOBench and NAS-Bench-201: real trainings, 2 to 5 repetitions each).
 *
 * A search sees the mean over the repetitions, or with `isNoisy` one of them a trial (a missing one is NaN, a failed training); it is
 * judged by the mean.
 */
export function tabularTasks(data: string, isNoisy: boolean): readonly Task[] {
  const root = join(data, 'hpo_tabular');
  const meta = JSON.parse(readFileSync(join(root, 'meta.json'), 'utf8')) as Meta;
  return Object.entries(meta.benchmarks).flatMap(
    ([benchmark, { direction, seeds, space: columns, tasks }]) => {
      const space = createSpace(
        columns.map(({ name, type, choices }): Parameter => {
          const { declaration } = choice(choices, { ordered: type !== 'categorical' });
          return { ...declaration, name } as Parameter;
        }),
      );
      const rowOf = (params: Params): number =>
        columns.reduce((row, { name, choices }) => row * choices.length + choices.indexOf(params[name]!), 0);
      const sign = direction === 'maximize' ? -1 : 1;
      return Object.entries(tasks).flatMap(([task, { rows }]): readonly Task[] => {
        const file = join(root, `${benchmark}__${task}.f32.gz`);
        if (!existsSync(file)) return [];
        const name = `${isNoisy ? 'tabular_noisy' : 'tabular'}/${benchmark}/${task}`;
        let loaded:
          | { readonly table: Float32Array; readonly means: Float64Array; readonly best: number }
          | undefined;
        const load = (): NonNullable<typeof loaded> => {
          const table = float32File(file);
          const means = rowMeans(table, rows, seeds);
          const best = means.reduce((a, b) => (sign * b < sign * a ? b : a), sign * Number.POSITIVE_INFINITY);
          return { table, means, best };
        };
        return [
          {
            name,
            hasOptimum: true,
            problem: (seed) => {
              loaded ??= load();
              const { table, means, best } = loaded;
              return {
                space: startingAnywhere(space, name, seed),
                direction,
                evaluate: (params, noise) => {
                  const row = rowOf(params);
                  const mean = means[row]!;
                  return {
                    value: isNoisy ? table[row * seeds + (noise % seeds)]! : mean,
                    loss: sign * (mean - best),
                  };
                },
              };
            },
          },
        ];
      });
    },
  );
}
