import { encodeJson } from '@luthier/core';
import { useColor } from './color.ts';
import type { CliContext } from './context.ts';
import type { RenderOptions } from './display/report.ts';
import { terminalColumns } from './display/terminal-size.ts';

/** Columns and colours of stdout; text for a pipe or file is never cut. */
export function renderOptions(context: CliContext, isColorForbidden: boolean): RenderOptions {
  const { stdout } = context;
  return {
    color: useColor(stdout, context.env, isColorForbidden),
    width: stdout.isTTY ? terminalColumns(stdout) : Number.POSITIVE_INFINITY,
  };
}

/** Prints one JSON document; NaN and the infinities are written as `{"$number":"NaN"}`. */
export function printJson(context: CliContext, value: unknown): void {
  context.stdout.write(`${JSON.stringify(JSON.parse(encodeJson(value)), null, 2)}\n`);
}

/** Prints lines on stdout. */
export function printLines(context: CliContext, lines: readonly string[]): void {
  context.stdout.write(`${lines.join('\n')}\n`);
}
