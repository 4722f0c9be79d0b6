import { createInterface } from 'node:readline';
import { defaults } from '@luthier/search';
import { noiseOf, type Problem, type Task } from './problem.ts';
import { openSuite, type Portion } from './suites.ts';

/**
 * Answers the searches of other languages, so that all sides meet the very same problems: one JSON document a line in and out.
 *
 *   {"suite": "bbob", "portion": "part"}                   the names of its tasks; "held" and "tasks" (all) are others
 *   {"task": "bbob/...", "seed": 3}                        space, direction and first configuration of an instance
 *   {"task": "...", "seed": 3, "trial": 0, "params": {}}   value and loss of a trial
 */
const tasks = new Map<string, Task>();
const problems = new Map<string, Problem>();

function taskOf(name: string): Task {
  if (!tasks.has(name)) for (const task of openSuite(name.split('/')[0]!).tasks) tasks.set(task.name, task);
  const task = tasks.get(name);
  if (!task) throw new Error(`there is no task '${name}'`);
  return task;
}

async function problemOf(name: string, seed: number): Promise<Problem> {
  const key = `${name} ${seed}`;
  const known = problems.get(key);
  if (known) return known;
  const made = await taskOf(name).problem(seed);
  problems.clear();
  problems.set(key, made);
  return made;
}

type Request = { readonly suite: string; readonly portion: Portion } & {
  readonly task: string;
  readonly seed: number;
  readonly trial: number;
  readonly params?: Readonly<Record<string, number | string | boolean>>;
};

async function answer(request: Request): Promise<unknown> {
  if (request.suite !== undefined) {
    const suite = openSuite(request.suite);
    return { rule: suite.rule, tasks: suite[request.portion].map(({ name }) => name) };
  }
  const { task, seed, trial, params } = request;
  const problem = await problemOf(task, seed);
  if (params === undefined) {
    const { space, direction } = problem;
    return { space, direction, start: defaults(space) };
  }
  const { value, loss } = await problem.evaluate(params, noiseOf(seed, trial));
  return { value: Number.isFinite(value) ? value : null, loss };
}

for await (const line of createInterface({ input: process.stdin }))
  process.stdout.write(`${JSON.stringify(await answer(JSON.parse(line) as Request))}\n`);
