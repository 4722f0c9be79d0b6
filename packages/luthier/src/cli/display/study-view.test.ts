import { describe, expect, it } from 'vitest';
import { digitsHistory, digitsStart, NOON, trialRecord } from '../fixtures/digits-study.ts';
import { type Session, studyView } from './study-view.ts';

const session = (phase: Session['phase']): Session => ({
  start: digitsStart,
  phase,
  isStopping: false,
  startedAt: NOON,
});
const again = (number: number, seconds: number) =>
  trialRecord(number, { purpose: 'repeat', of: 0, epochs: seconds / 2 });

describe('the view while finalists are trained again', () => {
  it('counts their runs and expects the rest to take as long as those that ended', () => {
    // Two of six took 40 s each; two run since 10 s and two wait: (2 x 40 + 2 x 30) / 2 workers.
    const running = (number: number) =>
      trialRecord(number, { purpose: 'repeat', of: 0, state: 'running', startedAt: NOON + 100_000 });
    const history = digitsHistory([trialRecord(0), again(1, 40), again(2, 40), running(3), running(4)]);
    const view = studyView(history, session('repeating'), NOON + 110_000);
    expect(view.repeats).toEqual({ done: 2, total: 6 });
    expect(view.progress).toBeCloseTo(1 / 3, 12);
    expect(view.etaSeconds).toBeCloseTo(70, 9);
  });

  it('takes the time of the search trial before the first run has ended', () => {
    // The search trial took 10 s; one run began just now, five wait: 6 x 10 / 2 workers.
    const running = trialRecord(1, { purpose: 'repeat', of: 0, state: 'running', startedAt: NOON });
    const view = studyView(digitsHistory([trialRecord(0), running]), session('repeating'), NOON);
    expect(view.etaSeconds).toBeCloseTo(30, 9);
  });

  it('has no such count while it searches', () => {
    expect(studyView(digitsHistory([trialRecord(0)]), session('searching'), NOON).repeats).toBeUndefined();
  });
});
