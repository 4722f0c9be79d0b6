import type { StudyLog } from './contracts.ts';
import type { NewEvent, StudyEvent } from './events.ts';
import { createFolder, type Folder } from './fold.ts';
import type { History } from './history.ts';

const SNAPSHOT_EVERY = 1000;

/** The history of a study, kept in step with its log; what is to run undisturbed runs one after another. */
export class LogFollower {
  readonly #log: StudyLog;
  readonly #study: string;
  readonly #folder: Folder;
  readonly #listeners = new Set<(event: StudyEvent) => void>();
  #snapshotAt: number;
  #tail: Promise<unknown> = Promise.resolve();

  constructor(log: StudyLog, study: string, history: History) {
    this.#log = log;
    this.#study = study;
    this.#folder = createFolder(history);
    this.#snapshotAt = history.sequence;
  }

  /** All that is known, which changes with the next event. */
  get live(): History {
    return this.#folder.live()!;
  }

  /** All that is known, as a value that never changes. */
  get history(): History {
    return this.#folder.snapshot()!;
  }

  /** Calls `listener` with every event, in order, as this object learns of it; returns the way to stop. */
  subscribe(listener: (event: StudyEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Runs `work` once all that was handed in before has ended. */
  exclusive<T>(work: () => Promise<T>): Promise<T> {
    const run = this.#tail.then(work, work);
    this.#tail = run.catch(() => undefined);
    return run;
  }

  /** Reads what the log has more. */
  async refresh(): Promise<void> {
    for await (const event of this.#log.read(this.#study, this.live.sequence)) {
      this.#folder.apply(event);
      for (const listener of this.#listeners) listener(event);
    }
    const { sequence } = this.live;
    // Growing gaps keep the work of all snapshots together proportional to the length of the log.
    if (sequence - this.#snapshotAt >= Math.max(SNAPSHOT_EVERY, this.#snapshotAt / 2))
      await this.saveSnapshot();
  }

  /** Appends and reads back, so that the history is what everybody else reads; false when a claim is taken. */
  async append(events: readonly NewEvent[]): Promise<boolean> {
    const appended = await this.#log.append(this.#study, events);
    await this.refresh();
    return appended.accepted;
  }

  /** Stores the history beside the log. */
  async saveSnapshot(): Promise<void> {
    const { history } = this;
    this.#snapshotAt = history.sequence;
    await this.#log.saveSnapshot(this.#study, { sequence: history.sequence, history });
  }
}
