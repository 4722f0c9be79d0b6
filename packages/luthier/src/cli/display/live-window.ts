import type { History } from '@luthier/search';
import type { CliContext } from '../context.ts';
import { palette } from './colors.ts';
import { startLines } from './plain-reporter.ts';
import type { Reporter } from './reporter.ts';
import { type Session, studyView } from './study-view.ts';
import { terminalColumns, terminalRows } from './terminal-size.ts';
import { createTerminalWindow } from './terminal-window.ts';
import { plainText, truncate } from './text.ts';
import { renderWindow } from './window.ts';

/** Least and greatest milliseconds between two drawings. */
export const DRAW_INTERVAL_MS: { readonly least: number; readonly greatest: number } = {
  least: 100,
  greatest: 1000,
};

const ROWS_BESIDE_RUNNING = 8;

/** A window at the bottom of the terminal (stderr) that shows the study live; what user code prints goes above it. */
export function createLiveWindow(context: CliContext, color: boolean): Reporter {
  const { clock, stderr } = context;
  const window = createTerminalWindow(stderr);
  const c = palette(color);
  let history: History | undefined;
  let session: Session | undefined;
  let isStopping = false;
  let lastDrawn = Number.NEGATIVE_INFINITY;
  let cancelPending: (() => void) | undefined;
  let cancelTicking = (): void => {};
  let isClosed = false;

  const draw = (): void => {
    cancelPending?.();
    cancelPending = undefined;
    if (history === undefined || session === undefined || isClosed) return;
    lastDrawn = clock.now();
    const width = terminalColumns(stderr) - 1;
    const runningShown = Math.max(1, terminalRows(stderr) - ROWS_BESIDE_RUNNING);
    window.draw(renderWindow(studyView(history, session, lastDrawn), { width, color, runningShown }));
  };
  const drawSoon = (): void => {
    const wait = lastDrawn + DRAW_INTERVAL_MS.least - clock.now();
    if (wait <= 0) draw();
    else cancelPending ??= clock.after(wait, draw);
  };
  const close = (): void => {
    if (isClosed) return;
    isClosed = true;
    cancelPending?.();
    cancelTicking();
    forgetExit();
    window.close();
  };
  const forgetExit = context.onExit(close);

  return {
    onStart: (start, before) => {
      history = before;
      session = { start, phase: 'searching', isStopping, startedAt: clock.now() };
      for (const line of startLines(start).slice(1)) {
        window.print(c.dim(truncate(` ${line}`, terminalColumns(stderr) - 1)));
      }
      cancelTicking = clock.every(DRAW_INTERVAL_MS.greatest, draw);
      draw();
    },
    onHistory: (current) => {
      history = current;
      drawSoon();
    },
    onPhase: (phase) => {
      if (session !== undefined) session = { ...session, phase };
      else if (phase === 'preparing') window.draw([c.dim(' preparing: data, model and space ...')]);
      drawSoon();
    },
    onOutput: (trial, line) => window.print(`${c.dim(`#${trial}`)} ${plainText(line)}`),
    onNotice: (text) => window.print(text),
    onStopping: () => {
      isStopping = true;
      if (session !== undefined) session = { ...session, isStopping };
      draw();
    },
    onEnd: close,
    close,
  };
}
