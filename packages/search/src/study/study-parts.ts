import { LuthierError } from '@luthier/core';
import type { Sampler } from '../samplers/contract.ts';
import type { Scheduler } from '../schedulers/contract.ts';
import type { Constraint } from '../space/parameter.ts';
import type { StudyLog } from './contracts.ts';
import type { History } from './history.ts';

/** The parts of an open study; `createStudy` and `openStudy` put them together. */
export interface StudyParts {
  readonly log: StudyLog;
  readonly name: string;
  readonly history: History;
  readonly sampler: Sampler;
  readonly scheduler: Scheduler;
  /** Milliseconds; only the time budget looks at it. */
  readonly clock: () => number;
  /** Rules of the space with their code, for those that are predicates. */
  readonly predicates?: readonly Constraint[];
}

/** The news that an attempt of a trial is over. */
export function fenced(trial: number, attempt: number, state: string): LuthierError {
  return new LuthierError('LU_STUDY_FENCED', `attempt ${attempt} of trial ${trial} is over (${state})`, {
    fix: 'Drop this attempt; the study has gone on without it.',
    where: `trial ${trial}`,
  });
}
