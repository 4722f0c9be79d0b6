import type { Json } from '@luthier/core';
import type { History } from '../study/history.ts';

/** Whether a running trial goes on, and why. */
export interface Decision {
  readonly action: 'continue' | 'stop';
  readonly text: string;
}

/** Decides over a trial after each of its reports: a pure function of the history. */
export interface Scheduler {
  readonly name: string;
  readonly spec: Json;
  decide(history: History, trial: number): Decision;
}
