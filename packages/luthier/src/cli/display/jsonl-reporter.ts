import { encodeJson } from '@luthier/core';
import type { CliContext } from '../context.ts';
import type { Reporter } from './reporter.ts';

/** Writes every event as one line of JSON on stdout, NaN and infinities kept as `{"$number":"NaN"}`. */
export function createJsonlReporter(context: CliContext): Reporter {
  return {
    onEvent: (event) => context.stdout.write(`${encodeJson(event)}\n`),
    onNotice: (text) => context.stderr.write(`${text}\n`),
    onOutput: (trial, line) => context.stderr.write(`#${trial} ${line}\n`),
    close: () => {},
  };
}
