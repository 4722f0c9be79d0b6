import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { job } from './fixtures/job.ts';
import { manualClock } from './fixtures/manual-clock.ts';
import { createTrialPool, type TrialPoolOptions } from './pool.ts';
import type { TrialMessage, TrialPool } from './runner.ts';

const entry = new URL('./fixtures/behaviours.ts', import.meta.url);
const pools: TrialPool[] = [];

function pool(options: Partial<TrialPoolOptions> = {}): TrialPool {
  const created = createTrialPool({ size: 1, entry, ...options });
  pools.push(created);
  return created;
}

afterEach(async () => {
  await Promise.all(pools.splice(0).map((open) => open.kill()));
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Resolves with the pid that a trial reports; `options` go into `run`. */
function firstReport(): {
  readonly pid: Promise<number>;
  readonly onMessage: (message: TrialMessage) => void;
} {
  const { promise, resolve } = Promise.withResolvers<number>();
  return {
    pid: promise,
    onMessage: (message) => {
      if (message.type === 'reported') resolve(message.block.metrics.valLoss?.[0] ?? Number.NaN);
    },
  };
}

describe('a trial process', () => {
  it('sends its messages in order and then its result', async () => {
    const messages: TrialMessage[] = [];
    const result = await pool().run(job(0, 'normal'), { onMessage: (message) => messages.push(message) });
    expect(messages).toEqual([
      { type: 'built', params: { units: 32 }, added: [] },
      { type: 'reported', block: { steps: [1], seconds: [0.5], metrics: { valLoss: [0.25] } } },
      { type: 'checkpointed', step: 1, blob: 'a'.repeat(64), bytes: 3 },
      { type: 'artifact', name: 'model.onnx', blob: 'b'.repeat(64), bytes: 5 },
    ]);
    expect(result).toMatchObject({ outcome: 'complete', values: [0.25] });
  });

  it.runIf(process.platform === 'linux')('collects its garbage on its own thread', async () => {
    const { metrics } = await pool().run(job(0, 'normal'));
    const command = readFileSync(`/proc/${metrics?.pid}/cmdline`, 'utf8').split('\0');
    expect(command).toContain('--single-threaded-gc');
  });

  it('keeps NaN, the infinities and negative zero', async () => {
    const messages: TrialMessage[] = [];
    const result = await pool().run(job(0, 'special'), { onMessage: (message) => messages.push(message) });
    const [message] = messages;
    const loss = message?.type === 'reported' ? message.block.metrics.loss : undefined;
    expect(loss).toEqual([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0]);
    expect(result).toEqual({ outcome: 'failed', reason: 'diverged', values: [Number.NaN] });
  });

  it('has the environment it is given, and huge pages', async () => {
    const env = { LUTHIER_TEST: 'here', GLIBC_TUNABLES: 'glibc.malloc.arena_max=2' };
    const { details } = await pool({ env }).run(job(0, 'tellsEnvironment'));
    expect(details).toEqual({
      given: 'here',
      tunables: 'glibc.malloc.arena_max=2:glibc.malloc.hugetlb=1',
    });
  });

  it('leaves Ctrl-C and termination to its parent', async () => {
    expect(await pool().run(job(0, 'signalsItself'))).toEqual({ outcome: 'complete', values: [1] });
  });

  it('passes on what trials print, by line and stream', async () => {
    const lines: string[] = [];
    const onOutput = (trial: number | undefined, line: string, stream: string): void => {
      lines.push(`${trial} ${stream} ${line}`);
    };
    const running = pool({ onOutput });
    await running.run(job(7, 'prints'));
    await running.drain();
    expect(lines.filter((line) => line.includes('stdout'))).toEqual([
      '7 stdout first',
      '7 stdout second',
      '7 stdout no line end',
    ]);
    expect(lines.filter((line) => line.includes('stderr'))).toEqual(['7 stderr to stderr']);
  });

  it('does not let the stray code of one trial speak for the next', async () => {
    const running = pool();
    await running.run(job(0, 'straggles'));
    const messages: TrialMessage[] = [];
    const next = running.run(job(1, 'signalsItself'), { onMessage: (message) => messages.push(message) });
    expect(await next).toMatchObject({ outcome: 'complete' });
    expect(messages).toEqual([]);
  });
});

describe('a failing trial', () => {
  it('that throws fails with message and stack, and its process lives on', async () => {
    const running = pool();
    const result = await running.run(job(0, 'throws'));
    expect(result).toMatchObject({ outcome: 'failed', reason: 'error', message: 'units is not a number' });
    expect(result.details).toMatchObject({ name: 'TypeError' });
    expect(JSON.stringify(result.details)).toContain('behaviours.ts');
    const next = await running.run(job(1, 'normal'));
    expect(next.metrics?.trialsInThisProcess).toBe(2);
  });

  it.each(['allocates', 'badAlloc'])('that cannot allocate is out of memory (%s)', async (behaviour) => {
    expect(await pool().run(job(0, behaviour))).toMatchObject({ outcome: 'failed', reason: 'outOfMemory' });
  });

  it('whose result cannot be copied between processes fails', async () => {
    const result = await pool().run(job(0, 'uncloneable'));
    expect(result).toMatchObject({ outcome: 'failed', reason: 'error' });
  });

  it.each([
    ['exits', 'exited with code 3'],
    ['aborts', 'SIGABRT'],
    ['killsItself', 'SIGKILL'],
    ['segfaults', 'SIGSEGV'],
    ['throwsOutside', 'Error: nobody catches this'],
  ])('whose process ends has crashed, and the pool goes on (%s)', async (behaviour, message) => {
    const running = pool();
    const result = await running.run(job(0, behaviour));
    expect(result).toMatchObject({ outcome: 'failed', reason: 'crashed' });
    expect(result.message).toContain(message);
    expect(await running.run(job(1, 'normal'))).toMatchObject({ outcome: 'complete' });
  });

  it('that fills the heap is out of memory, and the pool goes on', async () => {
    const running = pool({ execArgv: ['--max-old-space-size=64'] });
    const result = await running.run(job(0, 'fillsHeap'));
    expect(result).toMatchObject({ outcome: 'failed', reason: 'outOfMemory' });
    expect(result.message).toContain('heap out of memory');
    expect(await running.run(job(1, 'normal'))).toMatchObject({ outcome: 'complete' });
  });

  it.runIf(process.platform === 'linux')('above the memory limit is killed as out of memory', async () => {
    const running = pool({ memoryLimitBytes: 300e6 });
    const result = await running.run(job(0, 'fillsMemory'));
    expect(result).toMatchObject({ outcome: 'failed', reason: 'outOfMemory' });
    expect(result.message).toContain('limit of 300 MB');
    expect(await running.run(job(1, 'normal'))).toMatchObject({ outcome: 'complete' });
  });

  it('that blocks for ever is killed at its timeout', async () => {
    const clock = manualClock();
    const running = pool({ clock, timeoutMs: 90_000 });
    const started = firstReport();
    const result = running.run(job(0, 'blocks'), started);
    const pid = await started.pid;
    clock.advance(89_999);
    expect(isAlive(pid)).toBe(true);
    clock.advance(1);
    expect(await result).toEqual({
      outcome: 'failed',
      reason: 'timeout',
      message: 'The trial took longer than 90 s.',
    });
    expect(isAlive(pid)).toBe(false);
    expect(await running.run(job(1, 'normal'))).toMatchObject({ outcome: 'complete' });
  });

  it('whose messages cannot be handled is killed, and run rejects', async () => {
    const running = pool();
    const onMessage = (): void => {
      throw new Error('the store is gone');
    };
    await expect(running.run(job(0, 'waits'), { onMessage })).rejects.toThrow('the store is gone');
    expect(await running.run(job(1, 'normal'))).toMatchObject({ outcome: 'complete' });
  });
});

describe('stopping', () => {
  it.each([
    ['pruned', { outcome: 'pruned', message: 'too slow' }],
    ['interrupted', { outcome: 'interrupted', reason: 'stopped', message: 'too slow' }],
  ] as const)('a trial ends it as %s, and its process lives on', async (outcome, expected) => {
    const running = pool();
    const started = firstReport();
    const result = running.run(job(0, 'waits'), started);
    const pid = await started.pid;
    running.stop(0, outcome, 'too slow');
    expect(await result).toEqual(expected);
    expect((await running.run(job(1, 'normal'))).metrics?.pid).toBe(pid);
  });

  it('a trial that does not listen kills it after the grace time', async () => {
    const clock = manualClock();
    const running = pool({ clock, killGraceMs: 5000 });
    const started = firstReport();
    const result = running.run(job(0, 'ignoresStop'), started);
    const pid = await started.pid;
    running.stop(0, 'pruned', 'too slow');
    clock.advance(5000);
    expect(await result).toEqual({ outcome: 'pruned', message: 'too slow' });
    expect(isAlive(pid)).toBe(false);
  });

  it('by a signal interrupts, also before the trial has a place', async () => {
    const running = pool();
    const started = firstReport();
    const first = new AbortController();
    const second = new AbortController();
    const results = [
      running.run(job(0, 'waits'), { ...started, signal: first.signal }),
      running.run(job(1, 'waits'), { signal: second.signal }),
    ];
    await started.pid;
    second.abort('changed my mind');
    expect(await results[1]).toEqual({
      outcome: 'interrupted',
      reason: 'stopped',
      message: 'changed my mind',
    });
    first.abort();
    expect(await results[0]).toMatchObject({ outcome: 'interrupted' });
    expect(await running.run(job(2, 'normal'), { signal: AbortSignal.abort() })).toMatchObject({
      outcome: 'interrupted',
    });
  });

  it('an unknown trial changes nothing', () => {
    expect(() => pool().stop(4, 'pruned', 'never seen')).not.toThrow();
  });

  it('the pool by drain interrupts running and waiting trials and ends the processes', async () => {
    const running = pool();
    const started = firstReport();
    const results = [running.run(job(0, 'waits'), started), running.run(job(1, 'normal'))];
    const pid = await started.pid;
    await running.drain('Ctrl-C');
    const interrupted = { outcome: 'interrupted', reason: 'stopped', message: 'Ctrl-C' };
    expect(await Promise.all(results)).toEqual([interrupted, interrupted]);
    expect(isAlive(pid)).toBe(false);
    expect(await running.run(job(2, 'normal'))).toEqual(interrupted);
  });

  it('the pool by kill interrupts a trial that blocks', async () => {
    const running = pool();
    const started = firstReport();
    const result = running.run(job(0, 'blocks'), started);
    const pid = await started.pid;
    await running.kill();
    expect(await result).toMatchObject({ outcome: 'interrupted', reason: 'stopped' });
    expect(isAlive(pid)).toBe(false);
  });
});

describe('the pool', () => {
  it('runs as many trials at a time as its size, in processes that it reuses', async () => {
    const running = pool({ size: 2 });
    const numbers = [0, 1, 2, 3, 4, 5];
    const results = await Promise.all(numbers.map((trial) => running.run(job(trial, 'normal'))));
    const pids = new Set(results.map((result) => result.metrics?.pid));
    expect(results.every((result) => result.outcome === 'complete')).toBe(true);
    expect(pids.size).toBe(2);
  });

  it('replaces a process after recycleAfterTrials trials', async () => {
    const running = pool({ recycleAfterTrials: 2 });
    const counts: unknown[] = [];
    for (const trial of [0, 1, 2]) {
      counts.push((await running.run(job(trial, 'normal'))).metrics?.trialsInThisProcess);
    }
    expect(counts).toEqual([1, 2, 1]);
  });

  it('refuses a trial that is running', async () => {
    const running = pool();
    const first = running.run(job(0, 'normal'));
    await expect(running.run(job(0, 'normal'))).rejects.toMatchObject({ code: 'LU_RUNNER_BUSY' });
    await first;
  });

  it('rejects when its processes do not start, and says what they wrote', async () => {
    const running = pool({ entry: new URL('./fixtures/broken-start.ts', import.meta.url) });
    await expect(running.run(job(0, 'normal'))).rejects.toMatchObject({
      code: 'LU_RUNNER_START',
      message: expect.stringContaining('the runtime is not installed'),
    });
  });

  it('rejects when its processes are not ready in time', async () => {
    const clock = manualClock();
    let starts = 0;
    const running = pool({
      entry: new URL('./fixtures/never-ready.ts', import.meta.url),
      startTimeoutMs: 1000,
      clock,
      onOutput: () => {
        starts++;
      },
    });
    const result = expect(running.run(job(0, 'normal'))).rejects.toMatchObject({
      code: 'LU_RUNNER_START',
      message: expect.stringContaining('1000 ms'),
    });
    for (const count of [1, 2]) {
      await vi.waitUntil(() => starts === count, { timeout: 10_000 });
      clock.advance(1000);
    }
    await result;
  });

  it.each([0, 1.5, Number.NaN])('refuses a size of %s', (size) => {
    expect(() => createTrialPool({ size, entry })).toThrow(
      expect.objectContaining({ code: 'LU_RUNNER_SIZE' }),
    );
  });

  it.each(['waits', 'blocks'])('has no survivors when its own process is killed (%s)', async (behaviour) => {
    const script = fileURLToPath(new URL('./fixtures/parent.ts', import.meta.url));
    const parent = spawn(process.execPath, [script, behaviour], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = (await once(createInterface(parent.stdout), 'line')) as [string];
    const pid = Number(line);
    expect(isAlive(pid)).toBe(true);
    parent.kill('SIGKILL');
    await vi.waitUntil(() => !isAlive(pid), { timeout: 20_000, interval: 50 });
  });
});
