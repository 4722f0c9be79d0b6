import { describe, expect, it } from 'vitest';
import { float, space } from '../space/define.ts';
import type { NewEvent, StudyEvent } from './events.ts';
import { createFolder, fold, mergeBlocks } from './fold.ts';
import type { History } from './history.ts';
import { minimize } from './results.ts';

const line = space({ x: float(0, 1) });
const created: NewEvent = {
  type: 'study-created',
  space: line,
  objectives: [minimize('loss')],
  seed: 0,
  budget: {},
  sampler: { name: 'random' },
  scheduler: { name: 'none' },
};
const asked = (trial: number): NewEvent => ({
  type: 'trial-asked',
  trial,
  params: { x: trial / 10 },
  why: { text: 't', sampler: 's' },
  seed: trial,
});
const started = (trial: number, attempt: number): NewEvent => ({
  type: 'trial-started',
  trial,
  attempt,
  runner: 'r',
});
const reported = (attempt: number, steps: number[], loss: number[]): NewEvent => ({
  type: 'trial-reported',
  trial: 0,
  attempt,
  block: { steps, seconds: steps, metrics: { loss } },
});

function stream(events: readonly NewEvent[]): StudyEvent[] {
  return events.map((event, index) => ({ ...event, sequence: index + 1, at: 1000 + index }));
}

function folded(...events: readonly NewEvent[]): History {
  return stream(events).reduce<History | undefined>(fold, undefined)!;
}

describe('fold', () => {
  it('shares what an event does not touch and never changes the history before', () => {
    const before = folded(created, asked(0), asked(1), started(0, 1));
    const copy = structuredClone(before);
    const after = fold(before, { ...reported(1, [1], [0.5]), sequence: 5, at: 2000 });
    expect(before).toEqual(copy);
    expect(after.trials[1]).toBe(before.trials[1]);
    expect(after.space).toBe(before.space);
    expect(after.trials[0]!.reports.metrics.loss).toEqual([0.5]);
  });
  it('gives the same history one by one and in a stream', () => {
    const events = stream([created, asked(0), started(0, 1), reported(1, [1, 2], [3, Number.NaN]), asked(1)]);
    const folder = createFolder();
    for (const event of events) folder.apply(event);
    const kept = folder.snapshot();
    expect(kept).toEqual(events.reduce<History | undefined>(fold, undefined));
    folder.apply({ ...started(1, 1), sequence: 6, at: 0 });
    expect(kept!.trials[1]!.state).toBe('asked');
    expect(folder.snapshot()!.trials[1]!.state).toBe('running');
  });
  it('ignores late words of a fenced-off attempt', () => {
    const history = folded(created, asked(0), started(0, 1), started(0, 2), reported(1, [1], [9]), {
      type: 'trial-finished',
      trial: 0,
      attempt: 1,
      outcome: 'complete',
      values: [0],
    });
    expect(history.trials[0]).toMatchObject({ state: 'running', attempt: 2 });
    expect(history.trials[0]!.reports.steps).toEqual([]);
    expect(history.sequence).toBe(6);
  });
  it('an attempt that goes on leaves the reason of the interruption behind', () => {
    const lost: NewEvent = {
      type: 'trial-finished',
      trial: 0,
      attempt: 1,
      outcome: 'interrupted',
      reason: 'lost',
      message: 'taken over',
    };
    const pruned: NewEvent = {
      type: 'trial-finished',
      trial: 0,
      attempt: 2,
      outcome: 'pruned',
      message: 'rank 4',
    };
    const events = stream([created, asked(0), started(0, 1), lost, started(0, 2), pruned]);
    const trials = events.map((_, end) =>
      events
        .slice(0, end + 1)
        .reduce<History | undefined>(fold, undefined)
        ?.trials.at(0),
    );
    expect(trials[3]).toMatchObject({ state: 'interrupted', reason: 'lost', message: 'taken over' });
    expect(trials[4]).toMatchObject({ state: 'running' });
    expect(trials[4]).not.toHaveProperty('finishedSequence');
    expect(trials[5]).toMatchObject({ state: 'pruned', message: 'rank 4' });
    expect(trials[5]).not.toHaveProperty('reason');
  });

  it('an attempt that goes on from a checkpoint replaces the rows it measures again', () => {
    const history = folded(
      created,
      asked(0),
      started(0, 1),
      reported(1, [1, 2, 3, 4], [4, 3, 2, 1]),
      { type: 'trial-finished', trial: 0, attempt: 1, outcome: 'interrupted', reason: 'lost' },
      started(0, 2),
      reported(2, [3, 4], [2.5, 1.5]),
      reported(2, [5], [0.5]),
    );
    expect(history.trials[0]!.reports.steps).toEqual([1, 2, 3, 4, 5]);
    expect(history.trials[0]!.reports.metrics.loss).toEqual([4, 3, 2.5, 1.5, 0.5]);
    expect(history.trials[0]!.startedAt).toBe(1002);
  });
  it('joins parameters that two processes add at once', () => {
    const [a, b] = space({ a: float(0, 1), b: float(0, 1) }).parameters;
    const { parameters } = line;
    const history = folded(
      created,
      { type: 'space-changed', space: { parameters: [...parameters, a!] }, added: [a!] },
      { type: 'space-changed', space: { parameters: [...parameters, b!] }, added: [b!] },
    );
    expect(history.space.parameters.map(({ name }) => name)).toEqual(['x', 'a', 'b']);
  });
  it('fills the gaps of metrics that come and go with NaN', () => {
    const first = { steps: [1], seconds: [1], metrics: { a: [1] } };
    const second = { steps: [2], seconds: [2], metrics: { b: [2] } };
    expect(mergeBlocks(first, second).metrics).toEqual({ a: [1, Number.NaN], b: [Number.NaN, 2] });
  });
  it('refuses a log that does not begin with the creation of the study', () => {
    expect(() => folded(asked(0))).toThrow(expect.objectContaining({ code: 'LU_STUDY_DAMAGED' }));
  });
  it('keeps artifacts of the study apart from those of trials', () => {
    const stored = { name: 'best.onnx', blob: 'b', bytes: 1 };
    const history = folded(
      created,
      asked(0),
      { type: 'artifact', ...stored },
      { type: 'artifact', trial: 0, ...stored },
    );
    expect(history.artifacts).toEqual({ 'best.onnx': { blob: 'b', bytes: 1 } });
    expect(history.trials[0]!.artifacts).toEqual({ 'best.onnx': { blob: 'b', bytes: 1 } });
  });
});
