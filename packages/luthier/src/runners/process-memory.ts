import { readFileSync } from 'node:fs';

/**
 * Resident memory of a process in bytes, from /proc; undefined where there is no /proc or no such process.
 *
 * `VmRSS` of the status file is used because `statm` counts pages, whose size a script cannot ask for.
 */
export function residentBytes(pid: number): number | undefined {
  const kilobytes = numberAfter(`/proc/${pid}/status`, /^VmRSS:\s+(\d+) kB$/m);
  return kilobytes === undefined ? undefined : kilobytes * 1024;
}

/** How many processes the kernel has killed for want of memory since boot; undefined where it does not say. */
export function kernelMemoryKills(): number | undefined {
  return numberAfter('/proc/vmstat', /^oom_kill (\d+)$/m);
}

function numberAfter(file: string, pattern: RegExp): number | undefined {
  try {
    const found = pattern.exec(readFileSync(file, 'utf8'))?.[1];
    return found === undefined ? undefined : Number(found);
  } catch {
    return undefined;
  }
}
