import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digitsHistory, digitsStart, digitsTrials, NOON, trialRecord } from '../fixtures/digits-study.ts';
import { statusLine, trialLine } from './plain-lines.ts';
import { type Session, studyView } from './study-view.ts';
import { displayWidth } from './text.ts';
import { renderWindow } from './window.ts';

const session: Session = { start: digitsStart, phase: 'searching', isStopping: false, startedAt: NOON };

const trials = [
  trialRecord(0, { value: 0.97 }),
  trialRecord(1, { state: 'pruned', message: 'rung 1: 0.9100 is below 0.9500', value: 0.91, epochs: 2 }),
  trialRecord(2, { value: 0.98 }),
  trialRecord(3, { state: 'failed', reason: 'diverged', message: 'loss is NaN', values: [Number.NaN] }),
  trialRecord(4, { state: 'running', value: 0.96, epochs: 3 }),
  trialRecord(5, { state: 'asked' }),
];
const history = digitsHistory(trials);
const now = NOON + 46_000;
const view = studyView(history, session, now);

describe('studyView', () => {
  it('counts trials by how they ended', () => {
    expect(view.counts).toEqual({ complete: 2, pruned: 1, failed: 1, interrupted: 0, running: 1 });
    expect([view.finished, view.total, view.progress]).toEqual([4, 30, 4 / 30]);
  });

  it('finds the best trial and its age in finished trials', () => {
    expect(view.best).toMatchObject({ number: 2, value: 0.98, age: 1 });
  });

  it('estimates the time left from the trials that ended', () => {
    // Durations 10, 4, 10, 10 s: mean 8.5. Trial 4 has run 6 s, so 2.5 s are left; 25 trials wait; two workers.
    expect(view.etaSeconds).toBeCloseTo((25 * 8.5 + 2.5) / 2, 9);
  });

  it('does not know the time left before a trial has ended, nor after the search', () => {
    expect(studyView(digitsHistory(trials.slice(4)), session, now).etaSeconds).toBeUndefined();
    expect(studyView(history, { ...session, phase: 'repeating' }, now).etaSeconds).toBeUndefined();
  });

  it('lets a single slow trial count as three medians', () => {
    const slow = trialRecord(2, { finishedAt: NOON + 20_000 + 3_600_000 });
    const some = digitsHistory([trialRecord(0), trialRecord(1), slow], { budget: { trials: 4 } });
    // Durations 10, 10 and 3600 s, the last capped at 30: mean 50/3; one trial is left.
    expect(studyView(some, session, NOON).etaSeconds).toBeCloseTo(50 / 3, 9);
  });

  it('is limited by the minutes of the budget and by the size of the space', () => {
    const timed = studyView(digitsHistory(trials, { budget: { minutes: 2 } }), session, NOON + 30_000);
    expect([timed.total, timed.progress, timed.etaSeconds]).toEqual([undefined, 0.25, 90]);
    const start = { ...digitsStart, spaceSize: 12 };
    expect(studyView(history, { ...session, start }, now).total).toBe(12);
  });

  it('keeps the last three events, newest last', () => {
    expect(view.events.map(({ number, text }) => `${number} ${text}`)).toEqual([
      '1 pruned: rung 1: 0.9100 is below 0.9500',
      '3 failed (diverged): loss is NaN',
    ]);
  });
});

describe('renderWindow', () => {
  it('shows header, progress, running trials, the best and the last events', () => {
    expect(renderWindow(view, { width: 130, color: false })).toEqual([
      ' digits · gp · asha · seed 7 · 2 workers',
      ' ████▎───────────────────────────  4/30   ok 2 · pruned 1 · failed 1 · running 1   46s  eta 1m48s',
      ' ▸ #4  epoch 3/10  valAccuracy 0.9600  ▁▅█  hidden1 416  dropout1 0.3  hidden2 80  dropout2 0.4  learningRate 0.01',
      ' ★ #2  best valAccuracy 0.9800  1 trial ago  hidden1 480  dropout1 0.2  hidden2 48  dropout2 0.5  learningRate 1e-4',
      ' ! #1 pruned: rung 1: 0.9100 is below 0.9500',
      ' ! #3 failed (diverged): loss is NaN',
    ]);
  });

  it('says that it is stopping, and what a second Ctrl-C does', () => {
    const stopping = studyView(history, { ...session, isStopping: true }, now);
    expect(renderWindow(stopping, { width: 100, color: false })[2]).toBe(
      ' stopping: running trials are being saved; Ctrl-C again kills them',
    );
  });

  it('shows at most the running trials asked for', () => {
    const many = digitsHistory(Array.from({ length: 12 }, (_, i) => trialRecord(i, { state: 'running' })));
    const lines = renderWindow(studyView(many, session, NOON), { width: 100, color: false, runningShown: 3 });
    expect(lines.filter((line) => line.includes('▸'))).toHaveLength(3);
    expect(lines.at(-1)).toBe('   and 9 more');
  });

  it('shows a diverged running trial as diverged', () => {
    const { reports } = trialRecord(0, { epochs: 2 });
    const diverged = trialRecord(0, {
      state: 'running',
      reports: { ...reports, metrics: { valAccuracy: [0.5, Number.NaN] } },
    });
    const lines = renderWindow(studyView(digitsHistory([diverged]), session, NOON), {
      width: 90,
      color: false,
    });
    expect(lines[2]).toContain('valAccuracy diverged  ▄×');
  });

  it('is never wider than the terminal', () => {
    const all = [
      ...digitsTrials(20),
      trialRecord(20, { state: 'running' }),
      trialRecord(21, { state: 'running' }),
    ];
    const full = studyView(digitsHistory(all), session, NOON + 400_000);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), fc.boolean(), (width, color) => {
        for (const line of renderWindow(full, { width, color })) {
          expect(displayWidth(line)).toBeLessThanOrEqual(width);
        }
      }),
    );
  });
});

describe('plain lines', () => {
  it('tell each trial that ended in one line', () => {
    expect(trialLine(history, trials[2]!, now)).toBe(
      '#2 complete  valAccuracy 0.9800 (best)  10s  hidden1 480  dropout1 0.2  hidden2 48  dropout2 0.5  learningRate 1e-4',
    );
    expect(trialLine(history, trials[3]!, now)).toContain('#3 failed  valAccuracy diverged  10s');
    expect(trialLine(history, trials[3]!, now)).toMatch(/ {2}loss is NaN$/);
  });

  it('tell where the study stands', () => {
    expect(statusLine(view)).toBe(
      '4/30 · ok 2 · pruned 1 · failed 1 · running 1 · 46s · eta 1m48s · best #2 valAccuracy 0.9800',
    );
  });
});
