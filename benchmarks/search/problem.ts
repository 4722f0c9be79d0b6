import { generator, type Params, randomKey } from '@luthier/core';
import { defaultValue, type Objective, type Parameter, type Space, untried } from '@luthier/search';

/** What one trial gives: the value that the search sees, and the loss by which it is judged. */
export interface Evaluation {
  /** May be noisy; NaN is a failed training. */
  readonly value: number;
  /** Without noise, less is better; 0 is the optimum where that is known. */
  readonly loss: number;
}

/** One problem to search. The defaults of its space are the first trial of every side. */
export interface Problem {
  readonly space: Space;
  readonly direction: Objective['direction'];
  /** `noise` picks the repetition where the value is noisy. */
  evaluate(params: Params, noise: number): Evaluation | Promise<Evaluation>;
}

/** A problem for every seed, so that pairs of searches see the same instance, start and noise. */
export interface Task {
  /** `suite/...`. */
  readonly name: string;
  /** Whether loss 0 is the optimum; otherwise it is only as good as the best seen. */
  readonly hasOptimum: boolean;
  problem(seed: number): Problem | Promise<Problem>;
}

/** The space with other defaults: those of the given configuration. */
export function startingAt(space: Space, start: Params): Space {
  return {
    parameters: space.parameters.map((parameter): Parameter => {
      const value = start[parameter.name] ?? defaultValue(parameter);
      return parameter.kind === 'fixed' ? parameter : ({ ...parameter, default: value } as Parameter);
    }),
  };
}

/** The space with a random configuration as its default, for problems that come without one. */
export function startingAnywhere(space: Space, task: string, seed: number): Space {
  const start = untried(space, new Map(), generator(randomKey('start', task, seed)));
  return startingAt(space, start!);
}

/** Which repetition trial `trial` of a search sees. */
export function noiseOf(seed: number, trial: number): number {
  return generator(randomKey(seed, 'noise', trial)).bits();
}
