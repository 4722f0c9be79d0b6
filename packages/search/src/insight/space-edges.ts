import { encodeValue } from '../space/encode.ts';
import { ladderOf, levelCount } from '../space/levels.ts';
import type { Parameter } from '../space/parameter.ts';
import type { History, TrialRecord } from '../study/history.ts';
import { topTrials } from '../study/results.ts';
import { bestTenth } from './best-tenth.ts';

/** The best trials crowd at one end of a range. */
export interface SpaceEdge {
  readonly parameter: string;
  readonly side: 'min' | 'max';
  /** The value at that end. */
  readonly value: number;
  /** How many of the best trials lie at the end, of how many. */
  readonly count: number;
  readonly of: number;
  /** Probability of so many or more if the best trials lay there as often as the others. */
  readonly chance: number;
  /** One line for people, with an advice. */
  readonly text: string;
}

const ZONE = 0.1;

/** P(X >= count) for X binomial(trials, p). */
export function binomialTail(count: number, trials: number, p: number): number {
  let term = (1 - p) ** trials;
  let below = 0;
  for (let k = 0; k < count; k++) {
    below += term;
    term *= ((trials - k) / (k + 1)) * (p / (1 - p));
  }
  return Math.max(0, 1 - below);
}

function ends(parameter: Parameter): readonly [number, number] | undefined {
  if (parameter.kind === 'float' || parameter.kind === 'int')
    return parameter.min < parameter.max ? [parameter.min, parameter.max] : undefined;
  if (parameter.kind !== 'choice' || !parameter.ordered || parameter.values.length < 3) return undefined;
  const ladder = ladderOf(parameter)!;
  const [first, last] = [ladder.valueAt(0), ladder.valueAt(ladder.count - 1)];
  return typeof first === 'number' && typeof last === 'number' ? [first, last] : undefined;
}

/**
 * Numeric parameters whose best trials lie at an end of the range: a wider range may hold something better.
 *
 * Looks at the best tenth of the complete trials (at least 5) and equals of the last of them; the end is the outer tenth of the scale, or the outer value
 * when there are fewer than 10. Reported when so many there by chance has a probability below `level`, default 0.01, and at
 * least half of them are there. By chance: binomial, with the share of the other trials there (a model may dwell at an end
 * for no reason), at least the width of the end and at most one half. Fewer than 10 complete trials report nothing.
 */
export function spaceEdges(
  history: History,
  options: { readonly level?: number } = {},
): readonly SpaceEdge[] {
  const { level = 0.01 } = options;
  const complete = topTrials(history, history.trials.length);
  if (complete.length < 10) return [];
  const best = bestTenth(complete);
  // Where all are equal nothing tells an end from the middle.
  if (best.length === complete.length) return [];
  return history.space.parameters.flatMap((parameter) => {
    const range = ends(parameter);
    if (!range) return [];
    const coordinates = (trials: readonly TrialRecord[]): readonly number[] =>
      trials.flatMap(({ params }) => {
        const value = params[parameter.name];
        return value === undefined ? [] : [encodeValue(parameter, value)];
      });
    const values = coordinates(best);
    const others = coordinates(complete.slice(best.length));
    const width = Math.max(ZONE, 1 / levelCount(parameter));
    if (values.length < 5 || width > 0.5) return [];
    return (['min', 'max'] as const).flatMap((side): SpaceEdge[] => {
      const isThere = (u: number): boolean => (side === 'min' ? u <= width : u >= 1 - width);
      const count = values.filter(isThere).length;
      const usual = others.filter(isThere).length / Math.max(1, others.length);
      const chance = binomialTail(count, values.length, Math.min(0.5, Math.max(width, usual)));
      if (chance >= level || count * 2 < values.length) return [];
      const value = side === 'min' ? range[0] : range[1];
      const text = `${count} of the ${values.length} best trials have ${parameter.name} at its ${side} (${value}); widen the range and go on`;
      return [{ parameter: parameter.name, side, value, count, of: values.length, chance, text }];
    });
  });
}
