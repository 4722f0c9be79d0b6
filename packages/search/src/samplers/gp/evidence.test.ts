import { choleskyInPlace, generator, type Params, randomKey } from '@luthier/core';
import { describe, expect, it } from 'vitest';
import { choice, float, int, space, when } from '../../space/define.ts';
import { decode, encode } from '../../space/encode.ts';
import type { History, TrialRecord } from '../../study/history.ts';
import { readEvidence, searchable } from './evidence.ts';
import { geometry } from './geometry.ts';
import { matern, squaredDistance } from './kernel.ts';

const box = space({ x: float(0, 1) });

function trial(number: number, params: Params, more: Partial<TrialRecord>): TrialRecord {
  return {
    number,
    state: 'complete',
    params,
    why: { text: '', sampler: 'test' },
    purpose: 'search',
    seed: number,
    attempt: 1,
    reports: { steps: [], seconds: [], metrics: {} },
    artifacts: {},
    askedSequence: number + 1,
    finishedSequence: 100 + number,
    ...more,
  };
}

function history(trials: readonly TrialRecord[], direction: 'minimize' | 'maximize' = 'maximize'): History {
  return {
    sequence: 1000,
    createdAt: 0,
    space: box,
    objectives: [{ metric: 'score', direction }],
    seed: 1,
    budget: {},
    sampler: null,
    scheduler: null,
    trials,
    queue: [],
    notes: [],
  };
}

const curve = (...score: number[]): TrialRecord['reports'] => ({
  steps: score.map((_, i) => i + 1),
  seconds: score.map((_, i) => i),
  metrics: { score },
});

describe('readEvidence', () => {
  it('averages repeats of a configuration into one observation and turns minimised values', () => {
    const { observations } = readEvidence(
      history(
        [
          trial(0, { x: 0.5 }, { values: [1] }),
          trial(1, { x: 0.2 }, { values: [5] }),
          trial(2, { x: 0.5 }, { values: [2], purpose: 'repeat', of: 0 }),
        ],
        'minimize',
      ),
      box,
    );
    expect(observations.map(({ value, repeats }) => [value, repeats])).toEqual([
      [-5, 1],
      [-1.5, 2],
    ]);
  });

  it('never takes a failure or a value that is not finite for a value', () => {
    const { observations, labels } = readEvidence(
      history([
        trial(0, { x: 0.1 }, { values: [1] }),
        trial(1, { x: 0.2 }, { values: [Number.POSITIVE_INFINITY] }),
        trial(2, { x: 0.3 }, { values: [Number.NaN] }),
        trial(3, { x: 0.4 }, { state: 'failed', reason: 'diverged' }),
        trial(4, { x: 0.5 }, { state: 'failed', reason: 'lost' }),
      ]),
      box,
    );
    expect(observations.map(({ value }) => value)).toEqual([1]);
    expect(labels.map(({ label }) => label)).toEqual([1, -1, -1, -1]);
  });

  it('takes a stopped trial for its best value plus the gain that others still made, at most the best', () => {
    const done = [
      trial(0, { x: 0.1 }, { values: [0.9], reports: curve(0.5, 0.8, 0.9) }),
      trial(1, { x: 0.2 }, { values: [0.8], reports: curve(0.6, 0.7, 0.8) }),
      trial(2, { x: 0.3 }, { values: [0.7], reports: curve(0.4, 0.6, 0.7) }),
    ];
    // After two steps the three gained 0.1 each.
    const low = trial(3, { x: 0.8 }, { state: 'pruned', reports: curve(0.3, 0.2) });
    const high = trial(4, { x: 0.9 }, { state: 'pruned', reports: curve(0.3, 0.88) });
    const { observations } = readEvidence(history([...done, low, high]), box);
    const stopped = observations.filter(({ complete }) => !complete);
    expect(stopped[0]!.value).toBeCloseTo(0.4, 12);
    expect(stopped[1]!.value).toBeCloseTo(0.9, 12);
    expect(stopped[0]!.uncertainty).toBeCloseTo(0.02, 12);
  });

  it('keeps running and interrupted trials as pending and marks trials outside of the space', () => {
    const { pending, observations } = readEvidence(
      history([
        trial(0, { x: 0.1 }, { state: 'running' }),
        trial(1, { x: 0.2 }, { state: 'interrupted' }),
        trial(2, { x: 7 }, { values: [4] }),
      ]),
      box,
    );
    expect(pending.map((point) => point[0])).toEqual([0.1, 0.2]);
    expect(observations.map(({ outside }) => outside)).toEqual([true]);
  });
});

describe('geometry', () => {
  const nested = space({
    optimizer: choice(['sgd', 'adam']),
    momentum: when('optimizer', ['sgd'], float(0, 0.9)),
    nesterov: when('optimizer', ['sgd'], choice(['yes', 'no', 'maybe'])),
    units: int(1, 64, { log: true }),
  });

  it('snaps to what the configuration encodes to, and again to itself', () => {
    const shape = geometry(nested);
    for (let i = 0; i < 200; i++) {
      const point = Float64Array.from({ length: 4 }, (_, k) => ((i + 1) * (k + 3) * 0.618_033_988) % 1);
      shape.snap(point);
      const expected = encode(nested, decode(nested, point)).point;
      for (let k = 0; k < 4; k++) expect(point[k]).toBeCloseTo(expected[k]!, 9);
      const again = point.slice();
      shape.snap(again);
      expect(again).toEqual(point);
    }
  });

  it('gives parameters of one condition one activity feature and inactive ones a value of their own', () => {
    const shape = geometry(nested);
    expect(shape.features.map(({ kind }) => kind)).toEqual([
      'mismatch',
      'numeric',
      'mismatch',
      'numeric',
      'mismatch',
    ]);
    const row = new Float64Array(5);
    shape.write(encode(nested, { optimizer: 'adam', units: 64 }).point, row, 0);
    expect([...row.slice(0, 3)]).toEqual([1, 0.5, -1]);
    expect(row[4]).toBe(0);
    shape.write(
      encode(nested, { optimizer: 'sgd', momentum: 0.9, nesterov: 'maybe', units: 64 }).point,
      row,
      0,
    );
    expect([row[0], row[1], row[2], row[4]]).toEqual([0, 1, 2, 1]);
  });
});

describe('conditional kernel', () => {
  it('is positive definite over many points of a conditional space', () => {
    const nested = space({
      kind: choice(['a', 'b', 'c']),
      x: when('kind', ['a'], float(0, 1)),
      y: when('kind', ['a', 'b'], float(0, 1)),
      z: when('kind', ['b'], choice(['p', 'q', 'r'])),
    });
    const shape = geometry(nested);
    const random = generator(randomKey(1, 'conditional'));
    const count = 150;
    const width = shape.features.length;
    const rows = new Float64Array(count * width);
    for (let i = 0; i < count; i++) {
      const point = Float64Array.from({ length: 4 }, () => random.uniform());
      shape.snap(point);
      shape.write(point, rows, i * width);
    }
    const weights = Float64Array.from({ length: width }, (_, k) => 0.3 + k);
    const matrix = new Float64Array(count * count);
    for (let i = 0; i < count; i++) {
      for (let j = 0; j <= i; j++) {
        const r2 = squaredDistance(shape.features, weights, rows, i * width, rows, j * width);
        matrix[i * count + j] = matern(r2) + (i === j ? 1e-8 : 0);
      }
    }
    expect(choleskyInPlace(matrix, count)).toBe(true);
  });

  it('counts a trial from before a parameter was there with its default', () => {
    const wider = space({ x: float(0, 1), y: float(0, 1, { default: 0.25 }) });
    const { observations } = readEvidence(history([trial(0, { x: 0.5 }, { values: [4] })]), wider);
    expect(observations.map(({ point }) => [...point])).toEqual([[0.5, 0.25]]);
  });
});

describe('trials outside of narrowed ranges', () => {
  const narrow = space({
    rate: float(1e-3, 1e-1, { log: true }),
    units: int(40, 60, { step: 10 }),
    o: choice(['a', 'b']),
  });

  it('are observations where they lie, beyond the ends of the cube', () => {
    const { observations } = readEvidence(
      history([
        trial(0, { rate: 1e-2, units: 50, o: 'a' }, { values: [1] }),
        trial(1, { rate: 1, units: 90, o: 'b' }, { values: [2] }),
      ]),
      narrow,
    );
    expect(observations.map(({ outside }) => outside ?? false)).toEqual([false, true]);
    // Two decades are 1: one above the top is 1.5. Three levels are 1: that of 90 is the sixth.
    expect(observations[1]!.point[0]).toBeCloseTo(1.5, 12);
    expect(observations[1]!.point[1]).toBeCloseTo(5.5 / 3, 12);
  });

  it('are not searched around, unless there are no others', () => {
    const far = trial(1, { rate: 1, units: 90, o: 'b' }, { values: [2] });
    const near = trial(0, { rate: 1e-2, units: 50, o: 'a' }, { values: [1] });
    const shape = geometry(narrow);
    const both = readEvidence(history([near, far]), narrow).observations;
    expect(searchable(shape, both)).toEqual([both[0]]);
    const [moved] = searchable(shape, readEvidence(history([far]), narrow).observations);
    expect(decode(narrow, moved!.point)).toEqual({ rate: 0.1, units: 60, o: 'b' });
  });

  it('with a choice that is gone say nothing', () => {
    const one = space({
      rate: float(1e-4, 1, { log: true }),
      units: int(10, 100, { step: 10 }),
      o: choice(['a']),
    });
    const { observations } = readEvidence(
      history([trial(0, { rate: 1, units: 90, o: 'b' }, { values: [2] })]),
      one,
    );
    expect(observations).toEqual([]);
  });
});
