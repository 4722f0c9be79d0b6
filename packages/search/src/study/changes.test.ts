import { describe, expect, it } from 'vitest';
import { changedSince, noteChange, openJournal } from './changes.ts';
import type { TrialRecord } from './history.ts';

describe('changedSince', () => {
  it('tells what changed since the mark, everything to a reader of another list', () => {
    const trials: TrialRecord[] = [];
    openJournal(trials);
    expect(changedSince(undefined, trials).numbers).toBeUndefined();
    const { mark } = changedSince(undefined, trials);
    noteChange(trials, 0);
    noteChange(trials, 1);
    noteChange(trials, 0);
    const next = changedSince(mark, trials);
    expect(next.numbers).toEqual([0, 1, 0]);
    expect(changedSince(next.mark, trials).numbers).toEqual([]);
    expect(changedSince(next.mark, [...trials]).numbers).toBeUndefined();
  });
  it('lets go of readers that fell far behind', () => {
    const trials: TrialRecord[] = [];
    openJournal(trials);
    const { mark } = changedSince(undefined, trials);
    for (let i = 0; i < 16_383; i++) noteChange(trials, i);
    const recent = changedSince(undefined, trials).mark;
    noteChange(trials, 16_383);
    expect(changedSince(mark, trials).numbers).toBeUndefined();
    expect(changedSince(recent, trials).numbers).toEqual([16_383]);
  });
});
