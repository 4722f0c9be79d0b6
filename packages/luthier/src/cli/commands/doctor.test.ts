import { describe, expect, it } from 'vitest';
import { readHistory } from '../../stores/read-history.ts';
import { applyAdvice } from '../../tune/apply-advice.ts';
import { lossCurves, overfitCurves, rateTrials, smallSpace, smallStudy } from '../fixtures/study-log.ts';
import { cli } from '../fixtures/test-context.ts';

const nan = lossCurves(
  3,
  () => Number.NaN,
  () => 2,
);
const failed = { outcome: 'failed', reason: 'diverged', message: 'loss is NaN', epochs: nan } as const;

describe('luthier doctor', () => {
  it('[#35] gives the verdict on the best model with evidence and advice', async () => {
    const log = await smallStudy([{}, { value: 0.95, epochs: overfitCurves }, failed]);
    const { code, out, opened } = await cli('doctor', { log });
    expect([code, opened]).toEqual([0, ['read /home/me/runs/studies.db']]);
    expect(out()).toMatch(/The best model\n Trial #1 {2}0\.9500 {2}overfit \(confidence 0\.\d\d\)/);
    expect(out()).toMatch(/validation loss up from .* since epoch \d/);
    expect(out()).toMatch(/bestEpoch \d+ · bestLoss 0\.\d+/);
    expect(out()).toMatch(/1\. try dropout 0\.2 {3}\(luthier explain dropout\)\n/);
    expect(out()).toMatch(/3\. stop early, at about epoch/);
    expect(out()).toMatch(/small {2}3 search trials: 1 good · 1 overfit · 1 diverged\n/);
    expect(out()).toMatch(/ #2 {2}failed +· {2}diverged +0\.99 {2}diverged: the loss is not finite/);
  });

  it('[#112] every advice that the space has a place for is a command that works', async () => {
    const log = await smallStudy([{ value: 0.95, epochs: overfitCurves }]);
    const { out } = await cli('doctor --json', { log });
    const { next, best } = JSON.parse(out());
    expect(best.verdict.advice[0]).toMatchObject({ target: 'dropout', value: 0.2 });
    expect(next).toHaveLength(1);
    expect(next[0]).toMatchObject({
      what: 'try dropout 0.2',
      params: { learningRate: 0.001, dropout1: 0.2, kind: 'a' },
    });
    const words = next[0].command.replace('npx luthier ', '');
    expect((await cli(words, { log })).code).toBe(0);
    expect((await readHistory(log, 'small'))!.queue).toMatchObject([
      { params: next[0].params, taken: false },
    ]);
  });

  it('an advice moves every parameter that it is about, and only in its direction', () => {
    const space = {
      parameters: ['dropout1', 'dropout2'].map((name) => ({ ...smallSpace.parameters[1]!, name })),
    };
    const advice = { target: 'dropout', change: 'increase', value: 0.3, text: '' } as const;
    const apply = (a: number, b: number, more = {}) =>
      applyAdvice(space, { dropout1: a, dropout2: b }, { ...advice, ...more });
    expect(apply(0.1, 0.2)).toEqual({ dropout1: 0.3, dropout2: 0.3 });
    expect(apply(0.1, 0.5)).toEqual({ dropout1: 0.3, dropout2: 0.5 });
    expect(apply(0.4, 0.5)).toBeUndefined();
    expect(apply(0.4, 0.1, { change: 'decrease' })).toEqual({ dropout1: 0.3, dropout2: 0.1 });
    expect(apply(0.1, 0.1, { value: 0.33 })).toBeUndefined();
    expect(apply(0.1, 0.1, { target: 'l2', value: 0.3 })).toBeUndefined();
    expect(apply(0.1, 0.1, { change: 'add' })).toBeUndefined();
  });

  it('[#26] warns when the parameters far exceed the samples, with both numbers, and is silent otherwise', async () => {
    const doctor = async (details: Readonly<Record<string, number>>, what = '') => {
      const log = await smallStudy([{ details }]);
      return {
        text: (await cli(`doctor ${what}`, { log })).out(),
        json: JSON.parse((await cli(`doctor ${what} --json`, { log })).out()),
      };
    };
    const large = { trainableParameters: 468_874, samples: 1000 };
    for (const what of ['', '0']) {
      const { text, json } = await doctor(large, what);
      expect(text.replace(/\s+/g, ' ')).toContain('468,874 trainable parameters for 1,000 training samples');
      expect((what === '' ? json.best : json).size).toMatchObject({ parameters: 468_874, samples: 1000 });
    }
    for (const details of [{ trainableParameters: 468_874, samples: 60_000 }, { parameters: 468_874 }, {}]) {
      const { text, json } = await doctor(details);
      expect(text).not.toContain('trainable parameters');
      expect(json.best.size).toBeUndefined();
    }
  });

  it('[#28] offers a large model dropout, weight decay and batch normalization, each as a command that works', async () => {
    const decay = { kind: 'float', name: 'l2', min: 1e-6, max: 1e-2, scale: 'log', default: 1e-4 } as const;
    const normal = { kind: 'boolean', name: 'batchNorm', default: false } as const;
    const space = { parameters: [...smallSpace.parameters, decay, normal] };
    const params = { learningRate: 1e-3, dropout1: 0.1, kind: 'a', l2: 1e-4, batchNorm: false };
    const details = { trainableParameters: 50_000, samples: 1000 };
    const underfitCurves = lossCurves(
      20,
      () => 2.1,
      () => 2.12,
    );
    const doctor = async (trial: Parameters<typeof smallStudy>[0][number]) => {
      const log = await smallStudy([{ params, details, ...trial }], { space });
      return { log, found: JSON.parse((await cli('doctor --json', { log })).out()) };
    };
    const wanted = ['dropout', 'l2', 'batchNormalization'];
    for (const epochs of [overfitCurves, undefined]) {
      const { log, found } = await doctor(epochs === undefined ? {} : { epochs });
      const { verdict, size } = found.best;
      expect(verdict.verdict).toBe(epochs === undefined ? 'good' : 'overfit');
      const advice = [...verdict.advice, ...size.advice];
      expect(advice.map(({ target }: { target: string }) => target)).toEqual(wanted);
      expect(found.next.map((next: { params: unknown }) => next.params)).toEqual([
        { ...params, dropout1: 0.2 },
        { ...params, l2: expect.closeTo(3e-4, 9) },
        { ...params, batchNorm: true },
      ]);
      const { command } = found.next[2];
      expect((await cli(command.replace('npx luthier ', ''), { log })).code).toBe(0);
      expect((await readHistory(log, 'small'))!.queue).toMatchObject([{ params: found.next[2].params }]);
      expect((await cli('doctor', { log })).out()).toMatch(
        /3\. add batch normalization {3}\(luthier explain/,
      );
    }
    const small = await doctor({ epochs: overfitCurves, details: { ...details, samples: 10_000 } });
    expect(small.found.best.verdict.advice.map(({ target }: { target: string }) => target)).not.toContain(
      'batchNormalization',
    );
    // More regularization would hold an underfitting model back further.
    const { best } = (await doctor({ epochs: underfitCurves })).found;
    expect([best.verdict.verdict, best.size.advice]).toEqual(['underfit', []]);
  });

  it('diagnoses one trial', async () => {
    const log = await smallStudy([{}, { value: 0.95, epochs: overfitCurves }]);
    expect((await cli('doctor 1', { log })).out()).toMatch(/^\n Trial #1 {2}0\.9500 {2}overfit/);
    expect(JSON.parse((await cli('doctor 0 --json', { log })).out())).toMatchObject({
      study: 'small',
      trial: 0,
      verdict: { verdict: 'good', advice: [] },
      next: [],
    });
    const { code, err } = await cli('doctor 9', { log });
    expect(code).toBe(2);
    expect(err()).toContain("study 'small' has no trial 9\n  fix: Use a number from 0 to 1.");
  });

  it('names the end of a range where the best trials crowd, and parameters that decide nothing', async () => {
    const log = await smallStudy(rateTrials(60, -1));
    const found = JSON.parse((await cli('doctor --json', { log })).out());
    expect(found.edges).toMatchObject([{ parameter: 'learningRate', side: 'max', value: 0.1 }]);
    expect(found.wasted.map(({ parameter }: { parameter: string }) => parameter)).toContain('kind');
    expect(found.wasted.map(({ parameter }: { parameter: string }) => parameter)).not.toContain(
      'learningRate',
    );
    const text = (await cli('doctor', { log })).out();
    expect(text).toMatch(/- \d of the \d best trials have learningRate at its max \(0\.1\); widen/);
    expect(text).toMatch(/- kind decides almost nothing/);
  });

  it('says nothing of edges and waste when the optimum lies inside or there are few trials', async () => {
    const inside = await smallStudy(rateTrials(60, -2.5));
    expect(JSON.parse((await cli('doctor --json', { log: inside })).out()).edges).toEqual([]);
    const few = JSON.parse((await cli('doctor --json', { log: await smallStudy(rateTrials(9, -1)) })).out());
    expect([few.edges, few.wasted, few.importance]).toEqual([[], [], []]);
  });

  it('counts what diverged and what failed otherwise', async () => {
    const timeout = { outcome: 'failed', reason: 'timeout', message: 'too long' } as const;
    const kinds = async (trials: Parameters<typeof smallStudy>[0]): Promise<readonly string[]> =>
      JSON.parse((await cli('doctor --json', { log: await smallStudy(trials) })).out()).findings.map(
        ({ kind }: { kind: string }) => kind,
      );
    expect(await kinds([{}, failed, failed, timeout])).toEqual(['diverged', 'failed']);
    expect(await kinds([{}, failed])).toEqual([]);
    const { out } = await cli('doctor', { log: await smallStudy([{}, failed, failed]) });
    expect(out()).toContain('- 2 of 3 trials diverged; lower the maximum of learningRate');
  });

  it('says whether the winner is settled over seeds', async () => {
    const two = [{ value: 0.95 }, { value: 0.94, params: { learningRate: 0.01, dropout1: 0.1, kind: 'b' } }];
    const repeats = (a: readonly number[], b: readonly number[]) => [
      ...two,
      ...a.map((value) => ({ value, of: 0 })),
      ...b.map((value) => ({ value, of: 1 })),
    ];
    const findings = async (trials: Parameters<typeof smallStudy>[0]) =>
      JSON.parse((await cli('doctor --json', { log: await smallStudy(trials) })).out()).findings;
    expect(await findings(two)).toMatchObject([{ kind: 'onceMeasured' }]);
    const [open] = await findings(repeats([0.95, 0.93, 0.94], [0.945, 0.93, 0.935]));
    expect(open.kind).toBe('unresolved');
    expect(open.evidence.probability).toBeGreaterThan(0.5);
    expect(open.text).toMatch(/#0 is better than #1 with probability 0\.\d\d/);
    expect(await findings(repeats([0.95, 0.951, 0.949], [0.92, 0.921, 0.919]))).toEqual([]);
  });

  it('counts pruned trials apart and does not tell them to train longer', async () => {
    const steep = lossCurves(
      4,
      (epoch) => 2 - 0.3 * epoch,
      (epoch) => 2.1 - 0.3 * epoch,
    );
    const pruned = { outcome: 'pruned', epochs: steep } as const;
    const log = await smallStudy([{}, pruned, { value: 0.8, epochs: steep }]);
    const found = JSON.parse((await cli('doctor --json', { log })).out());
    expect(found).toMatchObject({ counts: { good: 1, undertrained: 1 }, pruned: 1 });
    expect(found.trials[1].verdict.advice).toEqual([]);
    expect(found.trials[1].verdict.text).toMatch(/the last epoch is the best$/);
    expect(found.trials[2].verdict.text).toMatch(/the last epoch is the best; train 8 epochs$/);
    expect((await cli('doctor', { log })).out()).toContain(
      '3 search trials: 1 good · 1 undertrained · 1 pruned',
    );
  });

  it('of a study without a complete trial says so', async () => {
    const log = await smallStudy([failed]);
    expect((await cli('doctor', { log })).out()).toContain('no trial is complete yet');
    const found = JSON.parse((await cli('doctor --json', { log })).out());
    expect(found).toMatchObject({ counts: { diverged: 1 }, next: [] });
    expect(found.best).toBeUndefined();
  });
});
