import type { Json } from '@luthier/core';
import type { TrialResult } from './protocol.ts';

/** What is known of a trial process that ended without being asked to. */
export interface ProcessDeath {
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** The last lines that it wrote to stderr. */
  readonly stderr: readonly string[];
  /** Resident memory when it was last looked at. */
  readonly residentBytes: number | undefined;
  readonly memoryLimitBytes: number | undefined;
  /** The kernel has killed some process for want of memory while the trial ran. */
  readonly hasKernelKilled: boolean;
}

/** V8 at the end of its heap, and the C++ library when nobody caught its exception. */
const FATAL_OUT_OF_MEMORY = /FATAL ERROR: .*(out of memory|allocation failed)|std::bad_alloc/i;
const ERROR_LINE = /^(?:Uncaught )?(?:\w*Error|FATAL ERROR)\b.*/;

/**
 * The result of a trial whose process died: out of memory when V8, the C++ library, the memory limit or the kernel
 * says so, crashed otherwise. `details` keep exit code, signal and the last lines of stderr.
 */
export function resultOfDeath(death: ProcessDeath): TrialResult {
  const details: { [key: string]: Json } = {
    exitCode: death.exitCode,
    signal: death.signal,
    stderr: death.stderr,
  };
  if (death.residentBytes !== undefined) details.residentBytes = death.residentBytes;
  const memory = memoryMessage(death);
  if (memory !== undefined) return { outcome: 'failed', reason: 'outOfMemory', message: memory, details };
  const how = death.signal === null ? `exited with code ${death.exitCode}` : `was ended by ${death.signal}`;
  const said = death.stderr.find((line) => ERROR_LINE.test(line));
  const message = `The trial process ${how}${said === undefined ? '' : `: ${said}`}`;
  return { outcome: 'failed', reason: 'crashed', message, details };
}

function memoryMessage(death: ProcessDeath): string | undefined {
  const fatal = death.stderr.find((line) => FATAL_OUT_OF_MEMORY.test(line));
  if (fatal !== undefined) return `The trial process ran out of memory: ${fatal.trim()}`;
  if (death.signal !== 'SIGKILL') return undefined;
  const { residentBytes, memoryLimitBytes } = death;
  if (residentBytes !== undefined && memoryLimitBytes !== undefined && residentBytes > memoryLimitBytes) {
    return `The trial process was killed above its memory limit of ${megabytes(memoryLimitBytes)}.`;
  }
  if (death.hasKernelKilled) return 'The kernel killed the trial process because memory ran out.';
  return undefined;
}

/** Bytes as people read them, such as `64 MB`. */
export function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`;
}
