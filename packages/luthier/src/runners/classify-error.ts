import { type Json, LuthierError } from '@luthier/core';
import type { TrialResult } from './protocol.ts';
import { stoppedResult, TrialStopped } from './runner.ts';

const STACK_LINES = 6;

/** Messages of V8, of the C++ library (through ONNX Runtime) and of ONNX Runtime's arena when memory runs out. */
const OUT_OF_MEMORY = /array buffer allocation failed|bad_alloc|failed to allocate memory|out of memory/i;

/** True when an error says that memory ran out. */
export function isOutOfMemory(error: unknown): boolean {
  return error instanceof Error && OUT_OF_MEMORY.test(error.message);
}

function firstStackLines(error: Error): string {
  return (error.stack ?? `${error.name}: ${error.message}`).split('\n').slice(0, STACK_LINES).join('\n');
}

/**
 * The result of a trial whose code threw: stopped when it threw the reason of its signal, out of memory,
 * or failed with the error's message; `details` keep the name, the first stack lines, and code and fix of Luthier's own errors.
 */
export function resultOfError(thrown: unknown, signal: AbortSignal): TrialResult {
  const stop: unknown = signal.aborted ? signal.reason : undefined;
  if (stop instanceof TrialStopped) {
    const isAbort = thrown === stop || (thrown instanceof Error && thrown.name === 'AbortError');
    if (isAbort) return stoppedResult(stop.outcome, stop.message);
  }
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const details: { [key: string]: Json } = { name: error.name, stack: firstStackLines(error) };
  if (error instanceof LuthierError) {
    details.code = error.code;
    details.fix = error.fix;
    if (error.where !== undefined) details.where = error.where;
  }
  return {
    outcome: 'failed',
    reason: isOutOfMemory(error) ? 'outOfMemory' : 'error',
    message: error.message === '' ? error.name : error.message,
    details,
  };
}
