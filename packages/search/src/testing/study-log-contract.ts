import type { NewEvent, ReportBlock, StudyEvent, StudyLog } from '@luthier/search';
import { createFolder, createStudy, float, minimize, openStudy, space } from '@luthier/search';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const plane = space({ x: float(0, 1), y: float(0, 1) });

const created: NewEvent = {
  type: 'study-created',
  space: plane,
  objectives: [minimize('loss')],
  seed: 0,
  budget: { trials: 10 },
  sampler: { name: 'random' },
  scheduler: { name: 'none' },
  meta: { file: 'tune.ts' },
  claim: 'study/created',
};

function note(text: string, claim?: string): NewEvent {
  return { type: 'note', text, ...(claim === undefined ? {} : { claim }) };
}

const strange: ReportBlock = {
  steps: [1, 2, 3, 4],
  seconds: [0.5, 1, 1.5, 2],
  metrics: { loss: [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0] },
};

/** One of every kind. */
const EVERY: readonly NewEvent[] = [
  created,
  {
    type: 'trial-asked',
    trial: 0,
    params: { x: 0.1, y: 1e-17 },
    memo: { fitted: [1, Number.NaN] },
    why: {
      text: 'because ü “quoted”\n',
      sampler: 'random',
      predicted: { mean: 1, deviation: 0.5 },
      mode: 'explore',
    },
    purpose: 'repeat',
    of: 0,
    queued: 0,
    seed: 4_294_967_295,
    claim: 'trial/0/asked',
  },
  { type: 'trial-started', trial: 0, attempt: 1, runner: 'host:1', claim: 'trial/0/attempt/1/started' },
  { type: 'trial-reported', trial: 0, attempt: 1, block: strange },
  { type: 'trial-checkpointed', trial: 0, attempt: 1, step: 4, blob: 'ab'.repeat(32), bytes: 10 },
  { type: 'artifact', trial: 0, name: 'model.onnx', blob: 'cd'.repeat(32), bytes: 2 ** 40 },
  {
    type: 'trial-finished',
    trial: 0,
    attempt: 1,
    outcome: 'failed',
    reason: 'diverged',
    message: 'loss is NaN',
    metrics: { loss: Number.NaN },
    params: { x: 0.1, y: 0.2 },
    details: { stack: ['a', null, true] },
    claim: 'trial/0/attempt/1/ended',
  },
  { type: 'space-changed', space: plane, added: [plane.parameters[1]!] },
  { type: 'budget-changed', budget: { minutes: 1.5 } },
  { type: 'queued', id: 0, params: { x: 0, y: 1 }, claim: 'queue/0/queued' },
  { type: 'note', text: 'a remark', trial: 0, data: { big: 1e300 } },
];

async function all(log: StudyLog, study: string, after = 0): Promise<StudyEvent[]> {
  const events: StudyEvent[] = [];
  for await (const event of log.read(study, after)) events.push(event);
  return events;
}

/**
 * The test suite that every study log passes: call it in a test file of your store.
 *
 * `createLog` gives a fresh, empty log each time; the suite closes it.
 *
 * @example
 * studyLogContract('my store', async () => myStore(await temporaryFile()));
 */
export function studyLogContract(name: string, createLog: () => StudyLog | Promise<StudyLog>): void {
  describe(`${name} keeps the contract of a study log`, () => {
    let log: StudyLog;
    beforeEach(async () => {
      log = await createLog();
    });
    afterEach(async () => {
      await log.close();
    });

    it('numbers events from 1 without gaps and answers the last number', async () => {
      expect(await log.append('a', [created, note('1')])).toEqual({ accepted: true, sequence: 2 });
      expect(await log.append('a', [note('2')])).toEqual({ accepted: true, sequence: 3 });
      expect((await all(log, 'a')).map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
    });

    it('reads only what comes after a sequence, and nothing of an unknown study', async () => {
      await log.append('a', [created, note('1'), note('2')]);
      expect((await all(log, 'a', 2)).map((event) => event.type === 'note' && event.text)).toEqual(['2']);
      expect(await all(log, 'a', 3)).toEqual([]);
      expect(await all(log, 'b')).toEqual([]);
    });

    it('keeps every kind of event, NaN, infinities and negative zero as they are', async () => {
      await log.append('a', EVERY);
      const read = await all(log, 'a');
      expect(read).toHaveLength(EVERY.length);
      for (const [index, event] of EVERY.entries()) {
        const { sequence, at, ...rest } = read[index]!;
        expect(rest).toEqual(event);
        expect(sequence).toBe(index + 1);
        expect(Number.isFinite(at)).toBe(true);
      }
      const reported = read[3]!;
      expect(reported.type === 'trial-reported' && Object.is(reported.block.metrics.loss![3], -0)).toBe(true);
    });

    it('does not change what it holds when the caller changes its objects', async () => {
      const data = { value: 1 };
      await log.append('a', [created, { type: 'note', text: 'n', data }]);
      data.value = 2;
      expect((await all(log, 'a'))[1]).toMatchObject({ data: { value: 1 } });
    });

    it('refuses a batch whole when one of its claims is taken, naming the claim', async () => {
      await log.append('a', [created, note('1', 'c/1')]);
      expect(await log.append('a', [note('2', 'c/2'), note('3', 'c/1'), note('4')])).toEqual({
        accepted: false,
        claim: 'c/1',
      });
      expect(await all(log, 'a')).toHaveLength(2);
      expect(await log.append('a', [note('5', 'c/2')])).toEqual({ accepted: true, sequence: 3 });
    });

    it('refuses a batch that holds one claim twice', async () => {
      await log.append('a', [created]);
      expect(await log.append('a', [note('1', 'c'), note('2', 'c')])).toEqual({
        accepted: false,
        claim: 'c',
      });
      expect(await all(log, 'a')).toHaveLength(1);
    });

    it('keeps the claims of studies apart', async () => {
      expect((await log.append('a', [created])).accepted).toBe(true);
      expect((await log.append('b', [created])).accepted).toBe(true);
      expect((await log.append('a', [created])).accepted).toBe(false);
    });

    it('lets exactly one of many concurrent claimants win', async () => {
      await log.append('a', [created]);
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, i) => log.append('a', [note(String(i), 'the one'), note(`${i} too`)])),
      );
      expect(answers.filter(({ accepted }) => accepted)).toHaveLength(1);
      expect(await all(log, 'a')).toHaveLength(3);
    });

    it('watches from a sequence on, then live, in order, until it is aborted', async () => {
      await log.append('a', [created, note('old')]);
      const abort = new AbortController();
      const seen: number[] = [];
      const watching = (async () => {
        for await (const event of log.watch('a', 1, abort.signal)) {
          seen.push(event.sequence);
          if (event.sequence === 22) abort.abort();
        }
      })();
      for (let i = 0; i < 20; i++) await log.append('a', [note(String(i))]);
      await watching;
      expect(seen).toEqual(Array.from({ length: 21 }, (_, i) => i + 2));
    });

    it('ends a watch that waits when it is aborted', async () => {
      await log.append('a', [created]);
      const abort = new AbortController();
      const next = log.watch('a', 1, abort.signal)[Symbol.asyncIterator]().next();
      abort.abort();
      expect((await next).done).toBe(true);
    });

    it('keeps the newest snapshot, NaN included', async () => {
      expect(await log.snapshot('a')).toBeUndefined();
      await log.append('a', EVERY);
      const folder = createFolder();
      for (const event of await all(log, 'a')) folder.apply(event);
      const history = folder.snapshot()!;
      await log.saveSnapshot('a', { sequence: history.sequence, history });
      expect(await log.snapshot('a')).toEqual({ sequence: EVERY.length, history });
      await log.append('a', [note('later')]);
      const newer = { ...history, sequence: history.sequence + 1 };
      await log.saveSnapshot('a', { sequence: newer.sequence, history: newer });
      expect((await log.snapshot('a'))?.sequence).toBe(EVERY.length + 1);
    });

    it('lists its studies and forgets a removed one with its claims', async () => {
      await log.append('a', [created, note('1')]);
      await log.append('b', [created]);
      const studies = await log.studies();
      expect(studies.map(({ study, events }) => [study, events]).sort()).toEqual([
        ['a', 2],
        ['b', 1],
      ]);
      expect(studies.every(({ createdAt, changedAt }) => createdAt <= changedAt)).toBe(true);
      await log.remove('a');
      expect((await log.studies()).map(({ study }) => study)).toEqual(['b']);
      expect(await all(log, 'a')).toEqual([]);
      expect(await log.append('a', [created])).toEqual({ accepted: true, sequence: 1 });
    });

    it('carries a whole study, which opens again to the same history', async () => {
      const study = await createStudy({
        log,
        name: 's',
        space: plane,
        objectives: [minimize('loss')],
        seed: 3,
      });
      for (let i = 0; i < 5; i++) {
        const asked = await study.ask();
        if (asked.kind !== 'trial') throw new Error(asked.text);
        const { number } = asked.trial;
        const attempt = await study.start(number, 'here');
        await study.report(number, attempt, { steps: [1], seconds: [0.1], metrics: { loss: [i] } });
        await study.tell(number, attempt, { outcome: 'complete', values: [i === 3 ? Number.NaN : i] });
      }
      const { history } = study;
      expect((await openStudy({ log, name: 's' })).history).toEqual(history);
      await study.saveSnapshot();
      await study.note('after the snapshot');
      expect((await openStudy({ log, name: 's' })).history).toEqual(study.history);
      expect(history.trials.map(({ state }) => state)).toEqual([
        'complete',
        'complete',
        'complete',
        'failed',
        'complete',
      ]);
    });
  });
}
