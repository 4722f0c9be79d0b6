import { LuthierError } from '@luthier/core';

function stackOf(error: Error): string {
  const cause =
    error.cause instanceof Error ? `\ncaused by: ${error.cause.stack ?? error.cause.message}` : '';
  return `${error.stack ?? error.message}${cause}\n`;
}

/**
 * An error as text for stderr: code, message, place and mend; the stack only with `debug`.
 *
 * @example
 * renderError(new LuthierError('LU_CLI_VALUE', "--trials takes a whole number, not 'x'", { fix: 'Write --trials 3.' }))
 * // error LU_CLI_VALUE: --trials takes a whole number, not 'x'
 * //   fix: Write --trials 3.
 */
export function renderError(error: unknown, debug = false): string {
  if (error instanceof LuthierError) {
    const where = error.where === undefined ? '' : `  where: ${error.where}\n`;
    const text = `error ${error.code}: ${error.message}\n${where}  fix: ${error.fix}\n`;
    return debug ? `${text}\n${stackOf(error)}` : text;
  }
  const message = error instanceof Error ? error.message : String(error);
  const text =
    `error LU_UNEXPECTED: ${message.split('\n')[0] || 'an error without a message'}\n` +
    '  fix: Run the same command with --debug for the stack trace; nothing stored was lost.\n';
  if (!debug) return text;
  return `${text}\n${error instanceof Error ? stackOf(error) : `${String(error)}\n`}`;
}
