import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SearchRun } from './run-search.ts';

/** One search of ours as kept between calls. */
interface StoredRun extends SearchRun {
  readonly sources: string;
  readonly task: string;
  readonly sampler: string;
  readonly seed: number;
  readonly trials: number;
}

const HERE = dirname(fileURLToPath(import.meta.url));

/** A hash over the sources of `search` and `core`: runs of other sources are not ours any more. */
export function sourcesHash(): string {
  const hash = createHash('sha256');
  for (const name of ['core', 'search']) {
    const root = join(HERE, '../../packages', name, 'src');
    const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && !file.endsWith('.test-d.ts'))
      .sort();
    for (const file of files) hash.update(`${name}/${file}\n`).update(readFileSync(join(root, file)));
  }
  return hash.digest('hex').slice(0, 12);
}

/** The searches of one suite that were already made with these sources. Adding writes at once, so that a stopped benchmark goes on. */
export class Runs {
  readonly #file: string;
  readonly #sources: string;
  readonly #byKey = new Map<string, StoredRun>();
  readonly #others: StoredRun[] = [];

  constructor(suite: string, sources: string) {
    this.#file = join(HERE, 'runs', `${suite}.jsonl`);
    this.#sources = sources;
    if (!existsSync(this.#file)) return;
    for (const line of readFileSync(this.#file, 'utf8').split('\n')) {
      if (line === '') continue;
      const read = JSON.parse(line) as StoredRun & { readonly losses: readonly (number | null)[] };
      // JSON has no Infinity, the loss as long as every trial failed.
      const run: StoredRun = { ...read, losses: read.losses.map((loss) => loss ?? Number.POSITIVE_INFINITY) };
      if (run.sources === sources) this.#byKey.set(`${run.sampler} ${run.task} ${run.seed}`, run);
      else this.#others.push(run);
    }
  }

  /** The run of at least so many trials of budget, if there is one. */
  find(sampler: string, task: string, seed: number, trials: number): SearchRun | undefined {
    const run = this.#byKey.get(`${sampler} ${task} ${seed}`);
    return run !== undefined && run.trials === trials ? run : undefined;
  }

  /**
   * Takes the runs of other sources as ours, for changes that cannot alter a search. `again` makes a search anew, and of every sampler and
   * task the last seed must come out the same. Throws where one does not.
   */
  async adopt(from: string, again: (run: StoredRun) => Promise<SearchRun>): Promise<void> {
    const theirs = new Map<string, StoredRun>();
    for (const run of this.#others)
      if (run.sources === from) theirs.set(`${run.sampler} ${run.task} ${run.seed}`, run);
    const last = new Map<string, StoredRun>();
    for (const run of theirs.values()) {
      const key = `${run.sampler} ${run.task}`;
      if (run.seed >= (last.get(key)?.seed ?? 0)) last.set(key, run);
    }
    if (last.size === 0) throw new Error(`there are no runs of the sources ${from}`);
    for (const run of last.values()) {
      const { losses } = await again(run);
      const isSame =
        losses.length === run.losses.length &&
        losses.every((loss, i) => Number(loss.toPrecision(7)) === run.losses[i]);
      if (!isSame)
        throw new Error(`${run.sampler} on ${run.task} is not what it was with the sources ${from}`);
      console.error(`${run.sampler} on ${run.task}: seed ${run.seed} is as it was`);
    }
    for (const { sampler, task, seed, trials, losses, askSeconds } of theirs.values())
      this.add(sampler, task, seed, trials, { losses, askSeconds });
  }

  /** Keeps a search, its losses with seven digits as in the tables of other libraries, and gives it as it is kept. */
  add(sampler: string, task: string, seed: number, trials: number, run: SearchRun): SearchRun {
    const losses = run.losses.map((loss) => Number(loss.toPrecision(7)));
    const stored: StoredRun = { sources: this.#sources, task, sampler, seed, trials, ...run, losses };
    this.#byKey.set(`${sampler} ${task} ${seed}`, stored);
    mkdirSync(dirname(this.#file), { recursive: true });
    appendFileSync(this.#file, `${JSON.stringify(stored)}\n`);
    return stored;
  }
}
