import { describe, expect, it } from 'vitest';
import { job } from './fixtures/job.ts';
import { manualClock } from './fixtures/manual-clock.ts';
import { createInProcessRunner } from './in-process.ts';
import type { TrialCode, TrialMessage, TrialPort } from './runner.ts';

const untilStopped = (port: TrialPort): Promise<never> =>
  new Promise((_resolve, reject) => {
    if (port.signal.aborted) reject(port.signal.reason);
    port.signal.addEventListener('abort', () => reject(port.signal.reason));
  });

describe('the runner without processes', () => {
  it('passes on messages and the result as copies', async () => {
    const metrics = { valLoss: [Number.NaN] };
    const run: TrialCode = async (given, port) => {
      port.send({ type: 'reported', block: { steps: [1], seconds: [1], metrics } });
      metrics.valLoss[0] = 5;
      return { outcome: 'complete', values: [given.trial] };
    };
    const messages: TrialMessage[] = [];
    const result = await createInProcessRunner({ run }).run(job(3, ''), {
      onMessage: (m) => messages.push(m),
    });
    expect(result).toEqual({ outcome: 'complete', values: [3] });
    expect(messages).toMatchObject([{ block: { metrics: { valLoss: [Number.NaN] } } }]);
  });

  it('records what a trial throws, at once or later', async () => {
    const runner = createInProcessRunner({
      run: (given) => {
        if (given.trial === 0) throw new TypeError('at once');
        return Promise.reject(new RangeError('Array buffer allocation failed'));
      },
    });
    expect(await runner.run(job(0, ''))).toMatchObject({
      outcome: 'failed',
      reason: 'error',
      message: 'at once',
    });
    expect(await runner.run(job(1, ''))).toMatchObject({ outcome: 'failed', reason: 'outOfMemory' });
  });

  it('stops, prunes, drains and kills', async () => {
    const runner = createInProcessRunner({ run: (_job, port) => untilStopped(port), size: 2 });
    const pruned = runner.run(job(0, ''));
    const drained = runner.run(job(1, ''));
    const waiting = runner.run(job(2, ''));
    runner.stop(0, 'pruned', 'too slow');
    expect(await pruned).toEqual({ outcome: 'pruned', message: 'too slow' });
    await runner.drain('the end');
    const interrupted = { outcome: 'interrupted', reason: 'stopped', message: 'the end' };
    expect(await Promise.all([drained, waiting])).toEqual([interrupted, interrupted]);
    expect(await runner.run(job(3, ''))).toEqual(interrupted);
  });

  it('abandons a trial that does not listen, by kill and by timeout', async () => {
    const clock = manualClock();
    const { promise: started, resolve } = Promise.withResolvers<void>();
    const run: TrialCode = () => {
      resolve();
      return new Promise(() => {});
    };
    const slow = createInProcessRunner({ run, timeoutMs: 1000, clock });
    const late = slow.run(job(0, ''));
    await started;
    clock.advance(1000);
    expect(await late).toMatchObject({ outcome: 'failed', reason: 'timeout' });
    const deaf = slow.run(job(1, ''));
    await new Promise((proceed) => setImmediate(proceed));
    await slow.kill();
    expect(await deaf).toMatchObject({ outcome: 'interrupted' });
  });

  it('rejects with what the handler of messages throws', async () => {
    const run: TrialCode = (_job, port) => {
      port.send({ type: 'built', params: {}, added: [] });
      return untilStopped(port);
    };
    const onMessage = (): void => {
      throw new Error('the store is gone');
    };
    await expect(createInProcessRunner({ run }).run(job(0, ''), { onMessage })).rejects.toThrow(
      'store is gone',
    );
  });

  it('runs at most size trials at a time, in order', async () => {
    let running = 0;
    let most = 0;
    const order: number[] = [];
    const run: TrialCode = async (given) => {
      order.push(given.trial);
      most = Math.max(most, ++running);
      await new Promise((proceed) => setImmediate(proceed));
      running--;
      return { outcome: 'complete' };
    };
    const runner = createInProcessRunner({ run, size: 2 });
    await Promise.all([0, 1, 2, 3, 4].map((trial) => runner.run(job(trial, ''))));
    expect(most).toBe(2);
    expect(order).toEqual([0, 1, 2, 3, 4]);
  });
});
