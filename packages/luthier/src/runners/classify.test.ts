import { LuthierError } from '@luthier/core';
import { describe, expect, it } from 'vitest';
import { type ProcessDeath, resultOfDeath } from './classify-death.ts';
import { resultOfError } from './classify-error.ts';
import { TrialStopped } from './runner.ts';

const open = new AbortController().signal;

describe('the result of a trial that throws', () => {
  it.each([
    new RangeError('Array buffer allocation failed'),
    new Error('Non-zero status code returned while running Gemm node. std::bad_alloc'),
    new Error('Failed to allocate memory for requested buffer of size 4294967296'),
  ])('is out of memory: %s', (error) => {
    expect(resultOfError(error, open)).toMatchObject({ outcome: 'failed', reason: 'outOfMemory' });
  });

  it('keeps code, fix and place of an error of Luthier', () => {
    const error = new LuthierError('LU_SHAPE', 'dense_1: 4 is not 5', {
      fix: 'Make them alike.',
      where: 'dense_1',
    });
    expect(resultOfError(error, open)).toMatchObject({
      outcome: 'failed',
      reason: 'error',
      message: 'dense_1: 4 is not 5',
      details: { name: 'LuthierError', code: 'LU_SHAPE', fix: 'Make them alike.', where: 'dense_1' },
    });
  });

  it('keeps what is not an error as text', () => {
    expect(resultOfError('no data', open)).toMatchObject({ reason: 'error', message: 'no data' });
    expect(resultOfError(new TypeError(''), open)).toMatchObject({ message: 'TypeError' });
  });

  it('is that of the stop when the trial throws the reason of its signal or an AbortError', () => {
    const reason = new TrialStopped('pruned', 'too slow');
    const signal = AbortSignal.abort(reason);
    const pruned = { outcome: 'pruned', message: 'too slow' };
    expect(resultOfError(reason, signal)).toEqual(pruned);
    expect(resultOfError(new DOMException('stopped', 'AbortError'), signal)).toEqual(pruned);
  });

  it('is a failure when something else went wrong after the stop', () => {
    const signal = AbortSignal.abort(new TrialStopped('interrupted', 'Ctrl-C'));
    expect(resultOfError(new Error('disk full'), signal)).toMatchObject({
      outcome: 'failed',
      message: 'disk full',
    });
  });
});

describe('the result of a trial whose process died', () => {
  const death: ProcessDeath = {
    exitCode: null,
    signal: 'SIGKILL',
    stderr: [],
    residentBytes: 200e6,
    memoryLimitBytes: undefined,
    hasKernelKilled: false,
  };

  it.each([
    ['a signal', death, 'crashed'],
    ['the kernel for want of memory', { ...death, hasKernelKilled: true }, 'outOfMemory'],
    [
      'another signal while the kernel kills',
      { ...death, signal: 'SIGSEGV', hasKernelKilled: true },
      'crashed',
    ],
    ['a signal above its memory limit', { ...death, memoryLimitBytes: 150e6 }, 'outOfMemory'],
    ['a signal below its memory limit', { ...death, memoryLimitBytes: 250e6 }, 'crashed'],
    [
      'V8 at the end of the heap',
      {
        ...death,
        signal: 'SIGABRT',
        stderr: ['FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory'],
      },
      'outOfMemory',
    ],
    [
      'an exception of C++ for want of memory',
      {
        ...death,
        signal: 'SIGABRT',
        stderr: ["terminate called after throwing an instance of 'std::bad_alloc'"],
      },
      'outOfMemory',
    ],
  ])('by %s', (_name, given, reason) => {
    expect(resultOfDeath(given)).toMatchObject({ outcome: 'failed', reason });
  });

  it('names exit code and error, and keeps the last lines', () => {
    const stderr = ['file.ts:3', 'throw new Error("x")', 'Error: x', '    at file.ts:3:1'];
    expect(resultOfDeath({ ...death, signal: null, exitCode: 1, stderr })).toEqual({
      outcome: 'failed',
      reason: 'crashed',
      message: 'The trial process exited with code 1: Error: x',
      details: { exitCode: 1, signal: null, stderr, residentBytes: 200e6 },
    });
  });
});
