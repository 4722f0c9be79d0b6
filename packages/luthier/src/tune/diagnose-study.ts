import { findCard, mean, type VerdictKind } from '@luthier/core';
import {
  compareSeeds,
  type History,
  type Importance,
  importance,
  isBetter,
  type Objective,
  type SpaceEdge,
  spaceEdges,
  type TrialRecord,
  topTrials,
  type Verdict,
} from '@luthier/search';
import { type AdvisedSizeWarning, diagnoseTrial, sizeWarningOf } from './diagnose-trial.ts';
import { bestRunOf } from './report.ts';

/** The verdict on one trial. */
export interface TrialDiagnosis {
  readonly trial: number;
  readonly state: TrialRecord['state'];
  /** Final value of the objective, when complete. */
  readonly value?: number;
  readonly verdict: Verdict;
  /** Its model has far more parameters than it had samples. */
  readonly size?: AdvisedSizeWarning;
}

/** A parameter that seems to decide nothing. */
export interface WastedDimension {
  readonly parameter: string;
  readonly share: number;
  readonly text: string;
}

/** Something about the study as a whole. */
export interface StudyFinding {
  readonly kind: 'diverged' | 'failed' | 'unresolved' | 'onceMeasured';
  readonly evidence: Readonly<Record<string, number>>;
  readonly text: string;
}

/** What the curves and results of a study say. */
export interface StudyDiagnosis {
  /** The best run of the winner, with its verdict; absent while no trial is complete. */
  readonly best?: TrialDiagnosis;
  /** How many search trials have each verdict; pruned ones, whose curves were cut short, are counted apart. */
  readonly counts: Readonly<Partial<Record<VerdictKind, number>>>;
  readonly pruned: number;
  readonly findings: readonly StudyFinding[];
  /** Ranges whose end the best trials crowd at. */
  readonly edges: readonly SpaceEdge[];
  readonly wasted: readonly WastedDimension[];
  /** Empty with fewer than 20 complete trials. */
  readonly importance: readonly Importance[];
  /** Every trial that was started, by number. */
  readonly trials: readonly TrialDiagnosis[];
}

/** A share of all importance below this part of an equal share counts as none. */
const WASTED_PART = 0.2;
const SETTLED = 0.95;

/** The verdict without the advice to train longer, which is no fault of a trial that was stopped. */
function withoutEpochs(verdict: Verdict): Verdict {
  const advice = verdict.advice.filter(({ target }) => target !== 'epochs');
  const [first] = verdict.advice;
  const finding =
    first !== undefined && verdict.text.endsWith(`; ${first.text}`)
      ? verdict.text.slice(0, -first.text.length - 2)
      : verdict.text;
  const text = advice[0] === undefined ? finding : `${finding}; ${advice[0].text}`;
  return { ...verdict, advice, text };
}

/** The verdict on a trial, with the values in force; a pruned one is not told to train longer. */
export function trialDiagnosis(trial: TrialRecord): TrialDiagnosis {
  const value = trial.state === 'complete' ? trial.values?.[0] : undefined;
  const verdict = diagnoseTrial(trial);
  const size = sizeWarningOf(trial, verdict);
  return {
    trial: trial.number,
    state: trial.state,
    ...(value === undefined ? {} : { value }),
    verdict: trial.state === 'pruned' ? withoutEpochs(verdict) : verdict,
    ...(size === undefined ? {} : { size }),
  };
}

interface Candidate {
  readonly trial: TrialRecord;
  /** Scores of its repeats, else its own. */
  readonly scores: readonly number[];
}

/** Complete search trials, those repeated most first, then the best first. */
function candidates(history: History, objective: Objective): readonly Candidate[] {
  const repeats = new Map<number, number[]>();
  for (const { of, state, values } of history.trials) {
    const score = values?.[0];
    if (of === undefined || state !== 'complete' || score === undefined) continue;
    repeats.set(of, [...(repeats.get(of) ?? []), score]);
  }
  const all = topTrials(history, history.trials.length).map(
    (trial): Candidate => ({ trial, scores: repeats.get(trial.number) ?? [trial.values![0]!] }),
  );
  return all.toSorted((a, b) => {
    const [x, y] = [mean(a.scores), mean(b.scores)];
    const byScore = isBetter(objective, x, y) ? -1 : isBetter(objective, y, x) ? 1 : 0;
    return b.scores.length - a.scores.length || byScore || a.trial.number - b.trial.number;
  });
}

function resolution(
  ranked: readonly Candidate[],
  direction: Objective['direction'],
): readonly StudyFinding[] {
  const [first, second] = ranked;
  if (first === undefined || second === undefined) return [];
  if (first.scores.length < 2) {
    const text = `#${first.trial.number} leads on one seed only, which may be luck; train the best again on several seeds (--finalists 2 --finalist-seeds 3)`;
    return [{ kind: 'onceMeasured', evidence: { seeds: first.scores.length }, text }];
  }
  if (second.scores.length < 2) return [];
  const { probability, difference, standardError } = compareSeeds(first.scores, second.scores, { direction });
  if (!(probability < SETTLED)) return [];
  const text = `the winner is not settled: #${first.trial.number} is better than #${second.trial.number} with probability ${probability.toFixed(2)}; train both on more seeds`;
  return [{ kind: 'unresolved', evidence: { probability, difference, standardError }, text }];
}

function failures(search: readonly TrialRecord[], names: readonly string[]): readonly StudyFinding[] {
  const found: StudyFinding[] = [];
  const ended = search.filter(({ state }) => state !== 'asked' && state !== 'running');
  const failed = ended.filter(({ state }) => state === 'failed');
  const diverged = failed.filter(({ reason }) => reason === 'diverged').length;
  const evidence = { of: ended.length };
  if (diverged >= 2 && diverged >= 0.1 * ended.length) {
    const rate = names.find((name) => findCard(name)?.name === 'learningRate');
    const mend =
      rate === undefined ? 'lower the learning rate or clip the gradient' : `lower the maximum of ${rate}`;
    const text = `${diverged} of ${ended.length} trials diverged; ${mend}`;
    found.push({ kind: 'diverged', evidence: { ...evidence, diverged }, text });
  }
  const others = failed.filter(({ reason }) => reason !== 'diverged');
  const [example] = others;
  if (example !== undefined) {
    const why = `#${example.number}: ${example.reason ?? 'error'}`;
    const text = `${others.length} of ${ended.length} trials failed for another reason (${why}); luthier show ${example.number} tells more`;
    found.push({ kind: 'failed', evidence: { ...evidence, failed: others.length }, text });
  }
  return found;
}

function wastedDimensions(found: readonly Importance[]): readonly WastedDimension[] {
  const limit = WASTED_PART / found.length;
  return found
    .filter(({ share }) => share < limit)
    .map(({ parameter, share }) => ({
      parameter,
      share,
      text: `${parameter} decides almost nothing (${(100 * share).toFixed(1)} % of the importance); fix it and search the others`,
    }));
}

/**
 * What a study says: a verdict on every trial and on the winner, failures, whether the winner is settled over seeds,
 * ranges that are too narrow, parameters that decide nothing.
 *
 * A parameter counts as wasted when its importance is below a fifth of an equal share (20 complete trials are needed).
 * Divergence is reported from 2 trials and a tenth of all on; the winner counts as settled from a probability of 0.95.
 */
export function diagnoseStudy(history: History): StudyDiagnosis {
  const [objective] = history.objectives;
  const search = history.trials.filter(({ purpose }) => purpose === 'search');
  const ranked = objective === undefined ? [] : candidates(history, objective);
  const trials = history.trials.filter(({ state }) => state !== 'asked').map(trialDiagnosis);
  const counts: Partial<Record<VerdictKind, number>> = {};
  for (const { trial, state, verdict } of trials)
    if (state !== 'pruned' && history.trials[trial]!.purpose === 'search')
      counts[verdict.verdict] = (counts[verdict.verdict] ?? 0) + 1;
  const shares = importance(history);
  const [winner] = ranked;
  return {
    ...(winner === undefined ? {} : { best: trialDiagnosis(bestRunOf(history, winner.trial)) }),
    counts,
    pruned: search.filter(({ state }) => state === 'pruned').length,
    findings: [
      ...failures(
        search,
        history.space.parameters.map(({ name }) => name),
      ),
      ...resolution(ranked, objective?.direction ?? 'minimize'),
    ],
    edges: spaceEdges(history),
    wasted: wastedDimensions(shares),
    importance: shares,
    trials,
  };
}
