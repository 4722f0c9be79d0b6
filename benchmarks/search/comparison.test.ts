import { describe, expect, it } from 'vitest';
import { asOpponent, bestSingle, compareSides, countOf, mixed, opponentOf, type Side } from './comparison.ts';

const seeds = [0, 1, 2, 3, 4, 5];
/** Curves that fall from 1 to a level at trial `at`, a little apart by seed. */
const side = (label: string, at: number, level: number): Side => ({
  label,
  trialsOf: () => 100,
  curves: new Map([
    [
      'a',
      new Map(
        seeds.map((seed) => [
          seed,
          Array.from({ length: 100 }, (_, trial) => (trial + 1 < at ? 1 : level) + seed / 1000),
        ]),
      ),
    ],
  ]),
});
const peer = (label: string, losses: readonly (number | null)[]): ReturnType<typeof opponentOf> =>
  opponentOf({
    label,
    version: 'x-1.0.0',
    rows: { a: seeds.map((seed) => losses.map((loss) => (loss === null ? null : loss + seed / 1000))) },
  });
const scales = new Map([['a', { floor: 0, unit: 1 }]]);

describe('comparing sides', () => {
  it('counts trials to the median of the other after 100, and verdicts at the checkpoints both have', () => {
    const comparison = compareSides(side('ours', 30, 0.2), peer('theirs', [0.9, 0.6, 0.5, null]), scales)!;
    expect(comparison.trials.estimate).toBe(30);
    expect(comparison.tasks[0]!.verdicts).toEqual(['worse', 'better', 'better', 'absent']);
    expect(countOf(comparison, 1, 'better')).toBe(1);
  });

  it('does not compare beyond the trials of our own search', () => {
    const comparison = compareSides(side('ours', 30, 0.2), peer('theirs', [0.9, 0.6, 0.5, 0.4]), scales)!;
    expect(comparison.tasks[0]!.verdicts[3]).toBe('absent');
    expect(
      asOpponent(side('ours', 30, 0.2))
        .rows.get('a')!
        .get(0)![3],
    ).toBeNaN();
  });

  it('compares beyond it the seeds that went on, and says how many they are', () => {
    const long: Side = { ...side('ours', 150, 0.2), trialsOf: (seed) => (seed < 3 ? 200 : 100) };
    const curves = new Map([
      [
        'a',
        new Map(
          seeds.map((seed) => [
            seed,
            Array.from({ length: long.trialsOf(seed) }, (_, trial) => (trial + 1 < 150 ? 1 : 0.2)),
          ]),
        ),
      ],
    ]);
    const { tasks } = compareSides({ ...long, curves }, peer('theirs', [1, 1, 0.5, 0.4]), scales)!;
    expect(tasks[0]!.seedsAt).toEqual([6, 6, 6, 3]);
    expect(tasks[0]!.ours).toEqual([1, 1, 1, 0.2]);
    // Three pairs cannot be significant, and what only some searches reached is not reached.
    expect(tasks[0]!.verdicts[3]).toBe('undecided');
    expect(tasks[0]!.trials).toBe(Number.POSITIVE_INFINITY);
    const half = peer('theirs', [1, 1, 0.5, null]);
    expect(compareSides({ ...long, curves }, half, scales)!.tasks[0]!.verdicts[3]).toBe('absent');
  });

  it('leaves out what is saturated on both sides, and only then', () => {
    const near = new Map([['a', { floor: 0.5, unit: 10 }]]);
    const verdicts = (level: number): readonly string[] =>
      compareSides(side('ours', 2, level), peer('theirs', [0.5, 0.5, 0.5, 0.5]), near)!.tasks[0]!.verdicts;
    expect(verdicts(0.5)[2]).toBe('saturated');
    expect(verdicts(0.7)[2]).toBe('worse');
  });

  it('finds the single best and mixes by task', () => {
    const [good, bad] = [peer('good', [1, 1, 0.1, 0.1]), peer('bad', [1, 1, 0.9, 0.9])];
    expect(bestSingle([bad, good], ['a'])).toBe(good);
    // Whoever was not run everywhere is no single sampler of the suite.
    expect(bestSingle([bad, good], ['a', 'b'])).toBeUndefined();
    expect(mixed('mix', ['a', 'b'], (task) => (task === 'a' ? bad : undefined)).rows.size).toBe(1);
    expect(
      compareSides(
        side('ours', 2, 0.5),
        mixed('none', ['b'], () => good),
        scales,
      ),
    ).toBeUndefined();
  });
});
