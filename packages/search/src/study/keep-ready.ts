import type { Asked, Study } from './study.ts';

/** Serves trials that were asked for ahead. */
export interface ReadyTrials {
  /** The next trial, at once when one is ready; the place that it leaves is filled behind it. */
  next(): Promise<Asked>;
}

/**
 * Keeps `ahead` trials asked for and ready, so that whoever becomes free never waits for the sampler.
 *
 * A trial that is ready counts as running: the sampler keeps others away from it. It was chosen without the results of the trials that ran
 * when it was asked for, which is the price. Trials that are never taken stay asked; `unfinished` has them, and a later session runs them.
 *
 * Throws what `ask` throws, at the `next` that would have served that trial.
 *
 * @example
 * const ready = keepReady(study, 1);
 * const asked = await ready.next();
 */
export function keepReady(study: Study, ahead: number): ReadyTrials {
  const waiting: Promise<Asked>[] = [];
  const fill = (): void => {
    while (waiting.length < ahead) {
      const asked = study.ask();
      // Whoever takes it hears of the failure; until then it must not count as unhandled.
      asked.catch(() => undefined);
      waiting.push(asked);
    }
  };
  return {
    next: async () => {
      const asked = await (waiting.shift() ?? study.ask());
      if (asked.kind === 'trial') fill();
      return asked;
    },
  };
}
