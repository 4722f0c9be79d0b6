import { existsSync } from 'node:fs';
import { bbobTasks, DIMENSIONS } from './bbob.ts';
import { conditionalTasks } from './conditional.ts';
import { evalsetTasks } from './evalset.ts';
import { lessonTasks } from './lesson.ts';
import type { Task } from './problem.ts';
import { surrogateTasks } from './surrogates.ts';
import { tabularTasks } from './tabular.ts';

/** A family of tasks and the rule by which a part stands for the whole. */
export interface Suite {
  readonly name: string;
  /** In words; written into every report. */
  readonly rule: string;
  readonly tasks: readonly Task[];
  /** The tasks of `rule`. */
  readonly part: readonly Task[];
  /** As many others, which nobody looks at while samplers are made: they show whether these learned the part by heart. */
  readonly held: readonly Task[];
}

/** Which tasks of a suite are searched. */
export type Portion = 'part' | 'held' | 'tasks';

/** Names of all suites. */
export const SUITE_NAMES = [
  'tabular',
  'tabular_noisy',
  'lcbench',
  'rbv2_xgboost',
  'nb301',
  'iaml_glmnet',
  'bbob',
  'evalset',
  'conditional',
  'lesson',
] as const;

/** Every n-th task from the first on, and those a quarter of the way to the next. */
function everyNth(tasks: readonly Task[], n: number): Pick<Suite, 'part' | 'held'> {
  return {
    part: tasks.filter((_, index) => index % n === 0),
    held: tasks.filter((_, index) => index % n === n / 4),
  };
}

function dataFolder(suite: string): string {
  const data = process.env.LUTHIER_BENCH_DATA;
  if (data === undefined)
    throw new Error(
      `${suite} needs data: set LUTHIER_BENCH_DATA to the folder that holds hpo_tabular, yahpo and golden`,
    );
  if (!existsSync(data)) throw new Error(`LUTHIER_BENCH_DATA: there is no folder ${data}`);
  return data;
}

function whole(name: string, tasks: readonly Task[]): Suite {
  return { name, rule: 'all tasks', tasks, part: tasks, held: [] };
}

/** A suite by name. Throws when its data are absent, and says where they should be. */
export function openSuite(name: string): Suite {
  switch (name) {
    case 'tabular':
      return whole(name, tabularTasks(dataFolder(name), false));
    case 'tabular_noisy':
      return whole(name, tabularTasks(dataFolder(name), true));
    case 'nb301':
    case 'iaml_glmnet':
      return whole(name, surrogateTasks(dataFolder(name), name));
    case 'lesson':
      return whole(name, lessonTasks());
    case 'lcbench': {
      const tasks = surrogateTasks(dataFolder(name), name);
      return {
        name,
        rule: 'every 4th instance of the list, from the first',
        tasks,
        ...everyNth(tasks, 4),
      };
    }
    case 'rbv2_xgboost': {
      const tasks = surrogateTasks(dataFolder(name), name);
      return {
        name,
        rule: 'every 12th instance of the list, from the first',
        tasks,
        ...everyNth(tasks, 12),
      };
    }
    case 'bbob': {
      const tasks = bbobTasks();
      const count = DIMENSIONS.length;
      // Tasks come function by function: function f is taken in one dimension, the next one in the next.
      const turned = (by: number): readonly Task[] =>
        tasks.filter((_, index) => index % count === (Math.floor(index / count) + by) % count);
      const rule = 'each function once, in 2, 5, 10, 20, 2, ... dimensions in turn';
      return { name, rule, tasks, part: turned(0), held: turned(1) };
    }
    case 'evalset': {
      const tasks = evalsetTasks(dataFolder(name));
      return { name, rule: 'every 12th function by name, from the first', tasks, ...everyNth(tasks, 12) };
    }
    case 'conditional': {
      const { part, held } = conditionalTasks();
      const rule = 'those that were looked at while the samplers were made';
      return { name, rule, tasks: [...part, ...held], part, held };
    }
    default:
      throw new Error(`there is no suite '${name}': use one of ${SUITE_NAMES.join(', ')}`);
  }
}
