import type { CliContext, TextOutput } from './context.ts';

/** Whether a stream gets colours: --no-color, then FORCE_COLOR, then NO_COLOR, then whether it is a terminal. */
export function useColor(output: TextOutput, env: CliContext['env'], isForbidden: boolean): boolean {
  if (isForbidden) return false;
  const forced = env.FORCE_COLOR;
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== '') return false;
  return output.isTTY && env.TERM !== 'dumb';
}
