import { type HyperbandBracket, isBetter, type Study, type TrialRecord } from '@luthier/search';

/** What a search by brackets needs. */
export interface BracketSearch {
  readonly study: Study;
  readonly brackets: readonly HyperbandBracket[];
  /** Passes through all brackets. */
  readonly iterations: number;
  /** Trains a trial on until so many epochs and, when they were its last, ends it; a failed one, too. */
  train(trial: number, epochs: number, isLast: boolean): Promise<TrialRecord>;
}

/** Best value of the first objective among the first so many epochs of a trial; NaN without one. */
function bestWithin({ study }: BracketSearch, number: number, epochs: number): number {
  const objective = study.history.objectives[0]!;
  const { reports } = study.history.trials[number]!;
  const column = reports.metrics[objective.metric] ?? [];
  return column.reduce(
    (best, value, row) => (reports.steps[row]! <= epochs && isBetter(objective, value, best) ? value : best),
    Number.NaN,
  );
}

/** A trial after so many epochs, trained on only as far as it has not got there; undefined when it failed. */
async function reached(
  search: BracketSearch,
  number: number,
  epochs: number,
  isLast: boolean,
): Promise<number | undefined> {
  const { state, reports } = search.study.history.trials[number]!;
  const isOver = state === 'complete' || state === 'pruned' || state === 'failed';
  const isThere = (reports.steps.at(-1) ?? 0) >= epochs;
  if (!isOver && (isLast || !isThere)) {
    const ended = await search.train(number, epochs, isLast);
    return ended.state === 'failed' ? undefined : number;
  }
  return state === 'failed' || !isThere ? undefined : number;
}

/** Ends the trials of a round that do not go on. */
async function stop(search: BracketSearch, number: number, message: string): Promise<void> {
  const { study } = search;
  const { state, attempt } = study.history.trials[number]!;
  if (state === 'complete' || state === 'pruned' || state === 'failed') return;
  const running = state === 'running' ? attempt : await study.start(number, `tuner:${process.pid}`);
  await study.tell(number, running, { outcome: 'pruned', message });
}

/**
 * Hyperband: in each bracket new configurations are trained for a few epochs, the best go on from where they stopped, and so on; a round
 * is over before the next one begins. Configurations that fail are replaced: new ones in the first round, the next best later.
 *
 * What was done is read from the study: trial by trial in the order in which they were asked for. So a search that was interrupted goes on
 * in the middle of a round. Ends early when the study asks for no more trials.
 */
export async function searchBrackets(search: BracketSearch): Promise<void> {
  const { study, brackets, iterations } = search;
  let seen = 0;
  /** The next trial in the order of the study, a new one behind the last. */
  const next = async (): Promise<number | undefined> => {
    for (;;) {
      const known = study.history.trials[seen];
      if (known === undefined) break;
      seen += 1;
      if (known.purpose === 'search') return known.number;
    }
    const asked = await study.ask();
    if (asked.kind !== 'trial') return undefined;
    seen = asked.trial.number + 1;
    return asked.trial.number;
  };
  for (let pass = 0; pass < iterations * brackets.length; pass++) {
    const rounds = brackets[pass % brackets.length]!;
    let standing: number[] = [];
    let isOver = false;
    while (standing.length < rounds[0]!.size && !isOver) {
      const number = await next();
      isOver = number === undefined;
      if (number === undefined) break;
      const trained = await reached(search, number, rounds[0]!.epochs, rounds.length === 1);
      if (trained !== undefined) standing.push(trained);
    }
    for (let round = 1; round < rounds.length; round++) {
      const { size, epochs } = rounds[round]!;
      const { epochs: before } = rounds[round - 1]!;
      const objective = study.history.objectives[0]!;
      const scored = standing.map((number) => ({ number, score: bestWithin(search, number, before) }));
      const ranked = scored.sort((a, b) =>
        isBetter(objective, a.score, b.score)
          ? -1
          : isBetter(objective, b.score, a.score)
            ? 1
            : a.number - b.number,
      );
      const promoted: number[] = [];
      for (const [rank, { number }] of ranked.entries()) {
        if (promoted.length < size) {
          const trained = await reached(search, number, epochs, round === rounds.length - 1);
          if (trained !== undefined) promoted.push(trained);
          continue;
        }
        const text = `rank ${rank + 1} of ${ranked.length} after ${before} epochs, the best ${size} go on`;
        await stop(search, number, text);
      }
      standing = promoted;
    }
    if (isOver) return;
  }
}
