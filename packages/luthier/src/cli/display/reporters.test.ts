import { decodeJson } from '@luthier/core';
import { describe, expect, it } from 'vitest';
import { digitsHistory, digitsStart, trialRecord } from '../fixtures/digits-study.ts';
import { testContext } from '../fixtures/test-context.ts';
import { createJsonlReporter } from './jsonl-reporter.ts';
import { createLiveWindow } from './live-window.ts';
import { createPlainReporter } from './plain-reporter.ts';
import { createReporter } from './reporter.ts';

const HIDE = '\u001b[?25l';
const SHOW = '\u001b[?25h';
const drawings = (text: string): number => text.split('\u001b[?2026h').length - 1;

const empty = digitsHistory([]);
const one = digitsHistory([trialRecord(0)]);

describe('the plain reporter', () => {
  it('prints one line a finished trial, once, and a status line every 30 seconds', () => {
    const test = testContext();
    const reporter = createPlainReporter(test.context);
    reporter.onStart?.(digitsStart, empty);
    reporter.onHistory?.(one);
    reporter.onHistory?.(one);
    test.time.advance(29_999);
    expect(test.err().split('\n')).toHaveLength(5);
    test.time.advance(1);
    const lines = test.err().split('\n');
    expect(lines[0]).toBe('digits · gp · asha · seed 7 · 2 workers');
    expect(lines[1]).toContain('space: 9,600 configurations');
    expect(lines[2]).toBe(`if it is stopped in any way: ${digitsStart.resumeCommand}`);
    expect(lines[3]).toMatch(/^#0 complete/);
    expect(lines[4]).toMatch(/^1\/30 · ok 1 .* 30s · eta/);
    reporter.close();
    expect(test.time.waiting()).toBe(0);
    expect(test.out()).toBe('');
  });

  it('does not print again what was there before', () => {
    const test = testContext();
    const reporter = createPlainReporter(test.context);
    reporter.onStart?.({ ...digitsStart, trialsBefore: 1 }, one);
    reporter.onHistory?.(digitsHistory([trialRecord(0), trialRecord(1)]));
    expect(test.err()).toContain('going on after 1 trials in runs/studies.db');
    expect(test.err()).not.toContain('#0 complete');
    expect(test.err()).toContain('#1 complete');
  });
});

describe('the live window', () => {
  const terminal = { columns: 100, rows: 24 };

  it('is drawn at most every 100 ms and at least every second', () => {
    const test = testContext({ terminal });
    const window = createLiveWindow(test.context, false);
    window.onStart?.(digitsStart, empty);
    const start = drawings(test.err());
    for (let i = 0; i < 10; i++) window.onHistory?.(one);
    expect(drawings(test.err())).toBe(start);
    test.time.advance(100);
    expect(drawings(test.err())).toBe(start + 1);
    test.time.advance(3_000);
    expect(drawings(test.err())).toBe(start + 4);
    window.close();
  });

  it('says that it prepares before anything is known', () => {
    const test = testContext({ terminal });
    const window = createLiveWindow(test.context, false);
    window.onPhase?.('preparing');
    expect(test.err()).toContain(' preparing: data, model and space ...');
    window.close();
    expect(test.err().endsWith(SHOW)).toBe(true);
  });

  it('hides the cursor once, and shows it again when closed, once', () => {
    const test = testContext({ terminal });
    const window = createLiveWindow(test.context, false);
    window.onStart?.(digitsStart, empty);
    test.time.advance(2_000);
    expect(test.err().split(HIDE)).toHaveLength(2);
    expect(test.err()).not.toContain(SHOW);
    window.close();
    window.close();
    expect(test.err().split(SHOW)).toHaveLength(2);
    expect(test.time.waiting()).toBe(0);
  });

  it('shows the cursor again when the process ends without closing it', () => {
    let last = (): void => {};
    const test = testContext({ terminal });
    const context = {
      ...test.context,
      onExit: (call: () => void) => {
        last = call;
        return () => {};
      },
    };
    createLiveWindow(context, false).onStart?.(digitsStart, empty);
    last();
    expect(test.err()).toContain(SHOW);
  });

  it('prints what user code writes above itself, without codes that move the cursor', () => {
    const test = testContext({ terminal });
    const window = createLiveWindow(test.context, false);
    window.onStart?.(digitsStart, one);
    const before = test.err().length;
    window.onOutput?.(0, 'hello\u001b[2J', 'stdout');
    const written = test.err().slice(before);
    // Two lines of window and one for the best: up three, the text, then the window again.
    expect(written).toMatch(/^\S*\[3A\r#0 hello\[2J\S*\n/);
    expect(written).toContain('digits · gp');
    window.close();
  });

  it('counts the rows that a narrower terminal has wrapped', () => {
    const size = { columns: 100, rows: 24 };
    const test = testContext({ terminal: size });
    const window = createLiveWindow(test.context, false);
    window.onStart?.(digitsStart, empty);
    const lines = test
      .err()
      .split('\n')
      .slice(-3, -1)
      .map((line) => line.replace(/^.*\r/, '').length);
    expect(lines).toHaveLength(2);
    size.columns = 30;
    const before = test.err().length;
    test.time.advance(1000);
    // Header of 40 columns: 2 rows; progress line of 97 columns or so: 4 rows.
    expect(test.err().slice(before)).toContain('\u001b[6A');
    window.close();
  });

  it('draws as on 80 columns and 24 rows where the terminal tells 0', () => {
    const written = [
      { columns: 80, rows: 24 },
      { columns: 0, rows: 0 },
    ].map((size) => {
      const test = testContext({ terminal: size });
      const window = createLiveWindow(test.context, false);
      window.onStart?.(digitsStart, one);
      test.time.advance(1000);
      window.close();
      return test.err();
    });
    expect(written[1]).toBe(written[0]);
    expect(written[1]).not.toContain('Infinity');
  });
});

describe('the JSON lines reporter', () => {
  it('prints every event as one line that keeps NaN', () => {
    const test = testContext();
    const reporter = createJsonlReporter(test.context);
    const block = { steps: [1], seconds: [0.5], metrics: { valLoss: [Number.NaN] } };
    const event = { type: 'trial-reported', trial: 0, attempt: 1, block, sequence: 5, at: 0 } as const;
    reporter.onEvent?.(event);
    expect(test.out().endsWith('\n')).toBe(true);
    expect(decodeJson(test.out().trim())).toEqual(event);
  });
});

describe('createReporter', () => {
  const options = { jsonl: false, quiet: false, color: false };
  const startsWith = (given: Parameters<typeof testContext>[0], chosen = options): string => {
    const test = testContext(given);
    const reporter = createReporter(test.context, chosen);
    reporter.onStart?.(digitsStart, empty);
    reporter.close();
    return test.err();
  };

  it('takes the live window only on a terminal outside CI', () => {
    const terminal = { columns: 80 };
    expect(startsWith({ terminal })).toContain(HIDE);
    expect(startsWith({})).not.toContain('\u001b');
    expect(startsWith({ terminal, env: { CI: 'true' } })).not.toContain('\u001b');
    expect(startsWith({ terminal, env: { TERM: 'dumb' } })).not.toContain('\u001b');
  });

  it('shows nothing when quiet', () => {
    expect(startsWith({ terminal: { columns: 80 } }, { ...options, quiet: true })).toBe('');
  });
});
