import type { TextOutput } from '../context.ts';
import { terminalColumns } from './terminal-size.ts';
import { displayWidth } from './text.ts';

const SYNC_BEGIN = '\u001b[?2026h';
const SYNC_END = '\u001b[?2026l';
const CURSOR_HIDE = '\u001b[?25l';
const CURSOR_SHOW = '\u001b[?25h';
const LINE_CLEAR = '\u001b[K';
const BELOW_CLEAR = '\u001b[J';

/** Lines at the bottom of a terminal that are replaced in place. */
export interface TerminalWindow {
  /** Replaces the window. */
  draw(lines: readonly string[]): void;
  /** Prints a line that stays, above the window. */
  print(line: string): void;
  /** Removes the window and shows the cursor again; safe to call twice. */
  close(): void;
}

/** A window on `output`; the cursor is hidden from the first drawing until it is closed. */
export function createTerminalWindow(output: TextOutput): TerminalWindow {
  let drawn: readonly string[] = [];
  let isOpen = false;
  const toTop = (): string => {
    // A terminal that became narrower has wrapped what was drawn.
    const columns = terminalColumns(output);
    const rows = drawn.reduce((sum, line) => sum + Math.max(1, Math.ceil(displayWidth(line) / columns)), 0);
    return rows === 0 ? '' : `\u001b[${rows}A\r`;
  };
  const body = (lines: readonly string[]): string => lines.map((line) => `${line}${LINE_CLEAR}\n`).join('');
  return {
    draw: (lines) => {
      const start = isOpen ? '' : CURSOR_HIDE;
      isOpen = true;
      output.write(`${SYNC_BEGIN}${start}${toTop()}${body(lines)}${BELOW_CLEAR}${SYNC_END}`);
      drawn = lines;
    },
    print: (line) => {
      output.write(`${SYNC_BEGIN}${toTop()}${line}${LINE_CLEAR}\n${body(drawn)}${BELOW_CLEAR}${SYNC_END}`);
    },
    close: () => {
      if (!isOpen) return;
      isOpen = false;
      output.write(`${toTop()}${BELOW_CLEAR}${CURSOR_SHOW}`);
      drawn = [];
    },
  };
}
