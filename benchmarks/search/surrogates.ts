import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Params, ParamValue } from '@luthier/core';

import { type Condition, createSpace, type Parameter, type Space } from '@luthier/search';
import { nodeRuntime } from '../../packages/nn/src/runtime/node.ts';
import type { Evaluation, Task } from './problem.ts';

/** What is searched in a scenario: the metric, and the parameters that are held (full fidelity). */
interface Scenario {
  readonly metric: string;
  readonly direction: 'minimize' | 'maximize';
  readonly held: Readonly<Record<string, number>>;
}

/** The metrics and fidelities of the official single-objective suite of YAHPO Gym. */
export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  lcbench: { metric: 'val_accuracy', direction: 'maximize', held: { epoch: 52 } },
  rbv2_xgboost: { metric: 'acc', direction: 'maximize', held: { trainsize: 1, repl: 10 } },
  nb301: { metric: 'val_accuracy', direction: 'maximize', held: { epoch: 98 } },
  iaml_glmnet: { metric: 'mmce', direction: 'minimize', held: { trainsize: 1 } },
};

interface Columns {
  readonly y_names: readonly string[];
  readonly cont_names: readonly string[];
  readonly cat_names: readonly string[];
  readonly instance_names: string | null;
  readonly instances?: readonly string[];
}

interface ConfigSpace {
  readonly hyperparameters: readonly {
    readonly name: string;
    readonly type: 'uniform_int' | 'uniform_float' | 'categorical';
    readonly log?: boolean;
    readonly lower: number;
    readonly upper: number;
    readonly choices: readonly string[];
    readonly default: ParamValue;
  }[];
  readonly conditions: readonly {
    readonly child: string;
    readonly parent: string;
    readonly type: string;
    readonly values?: readonly ParamValue[];
    readonly value?: ParamValue;
  }[];
}

function spaceOf({ hyperparameters, conditions }: ConfigSpace, without: ReadonlySet<string>): Space {
  return createSpace(
    hyperparameters
      .filter(({ name }) => !without.has(name))
      .map((item): Parameter => {
        const { name, type } = item;
        const own = conditions
          .filter(({ child }) => child === name)
          .map(({ parent, type: kind, values, value }): Condition => {
            if (kind !== 'IN' && kind !== 'EQ') throw new Error(`${name}: conditions ${kind} are not read`);
            return { parent, values: values ?? [value!] };
          });
        const base = { name, ...(own.length === 0 ? {} : { conditions: own }) };
        if (type === 'categorical')
          return { ...base, kind: 'choice', values: item.choices, ordered: false, default: item.default };
        const { lower: min, upper: max } = item;
        const range = {
          min,
          max,
          scale: item.log ? 'log' : 'linear',
          default: Number(item.default),
        } as const;
        return type === 'uniform_int'
          ? { ...base, kind: 'int', ...range, step: 1 }
          : { ...base, kind: 'float', ...range };
      }),
  );
}

type Model = (params: Params) => Promise<number>;

/** The value of one metric of a surrogate as a function of parameters on their natural scale. */
async function openModel(
  folder: string,
  columns: Columns,
  metric: string,
  held: Readonly<Record<string, ParamValue>>,
): Promise<Model> {
  const encoding = JSON.parse(readFileSync(join(folder, 'encoding.json'), 'utf8')) as Readonly<
    Record<string, Readonly<Record<string, number>>>
  >;
  const { y_names: names, cont_names: continuous, cat_names: categorical } = columns;
  const runtime = await nodeRuntime();
  const session = await runtime.createSession(readFileSync(join(folder, 'model.onnx')));
  const output = names.indexOf(metric);
  return async (params) => {
    const all: Params = { ...params, ...held };
    // Inactive parameters are 0, inactive categories the code of '#na#'.
    const numbers = continuous.map((name) => Number(all[name] ?? 0));
    const codes = categorical.map((name) => encoding[name]![String(all[name] ?? '#na#')]!);
    const { output: found } = await session.run(
      {
        x_cat: { dtype: 'int32', data: Int32Array.from(codes), shape: [1, codes.length] },
        x_cont: { dtype: 'float32', data: Float32Array.from(numbers), shape: [1, numbers.length] },
      },
      ['output'],
    );
    return Number(found!.data[output]);
  };
}

/** The surrogates of one scenario of `yahpo` (YAHPO Gym, Pfisterer et al. 2022), an instance a task, in the order of its space. */
export function surrogateTasks(data: string, scenario: string): readonly Task[] {
  const folder = join(data, 'yahpo', scenario);
  const { metric, direction, held } = SCENARIOS[scenario]!;
  const all = JSON.parse(readFileSync(join(data, 'yahpo', 'scenarios.json'), 'utf8')) as Record<
    string,
    Columns
  >;
  const columns = all[scenario]!;
  const config = JSON.parse(readFileSync(join(folder, 'config_space.json'), 'utf8')) as ConfigSpace;
  const { instance_names: instanceName } = columns;
  const instances =
    instanceName === null
      ? columns.instances!
      : config.hyperparameters.find(({ name }) => name === instanceName)!.choices;
  const space = spaceOf(config, new Set([...Object.keys(held), ...(instanceName ? [instanceName] : [])]));
  const sign = direction === 'maximize' ? -1 : 1;
  return instances.map((instance): Task => {
    let opened: Promise<Model> | undefined;
    return {
      name: `${scenario}/${instance}`,
      hasOptimum: false,
      problem: async () => {
        const fixed = { ...held, ...(instanceName ? { [instanceName]: instance } : {}) };
        opened ??= openModel(folder, columns, metric, fixed);
        const model = await opened;
        const evaluate = async (params: Params): Promise<Evaluation> => {
          const value = await model(params);
          return { value, loss: sign * value };
        };
        return { space, direction, evaluate };
      },
    };
  });
}
