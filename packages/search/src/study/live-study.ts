import { LuthierError } from '@luthier/core';
import { storable, withPredicates } from '../space/constraints.ts';
import type { Constraint, Space } from '../space/parameter.ts';
import type { NewEvent } from './events.ts';
import type { TrialRecord } from './history.ts';
import { LogFollower } from './log-follower.ts';
import { fenced, type StudyParts } from './study-parts.ts';

/** An open study from the inside: its history in step with the log, its space with the code of its rules, its trials by number. */
export class LiveStudy extends LogFollower {
  readonly #name: string;
  #predicates: readonly Constraint[] | undefined;
  #spaces = new WeakMap<Space, Space>();

  constructor({ log, name, history, predicates }: StudyParts) {
    super(log, name, history);
    this.#name = name;
    this.#predicates = predicates;
  }

  /** The present space, with the code of its rules. */
  get space(): Space {
    const { space } = this.live;
    const found = this.#spaces.get(space) ?? withPredicates(space, this.#predicates);
    this.#spaces.set(space, found);
    return found;
  }

  /** Goes on with another space, and the code of its rules. */
  async replaceSpace(space: Space): Promise<void> {
    this.#predicates = space.constraints;
    this.#spaces = new WeakMap();
    await this.append([{ type: 'space-changed', space: storable(space) }]);
  }

  /** Throws LU_STUDY_TRIAL for a number that there is not. */
  trial(number: number): TrialRecord {
    const trial = this.live.trials[number];
    if (trial) return trial;
    throw new LuthierError('LU_STUDY_TRIAL', `${this.#name} has no trial ${number}`, {
      fix: `Use 0 to ${this.live.trials.length - 1}.`,
    });
  }

  /** Throws LU_STUDY_FENCED unless this attempt of the trial runs. */
  requireRunning(trial: number, attempt: number): void {
    const record = this.trial(trial);
    if (record.state === 'running' && record.attempt === attempt) return;
    const state = record.attempt === attempt ? record.state : `attempt ${record.attempt} runs`;
    throw fenced(trial, attempt, state);
  }

  /** Runs `work` on all that the log has, once what was handed in before has ended. */
  upToDate<T>(work: () => Promise<T>): Promise<T> {
    return this.exclusive(async () => {
      await this.refresh();
      return work();
    });
  }

  /** Appends what `create` makes of all that the log has, anew as long as others are faster, and then answers. */
  insist<T>(create: () => readonly [events: readonly NewEvent[], answer: () => T]): Promise<T> {
    return this.exclusive(async () => {
      for (;;) {
        await this.refresh();
        const [events, answer] = create();
        if (await this.append(events)) return answer();
      }
    });
  }
}
