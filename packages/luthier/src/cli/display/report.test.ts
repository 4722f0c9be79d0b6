import { describe, expect, it } from 'vitest';
import { digitsHistory, digitsReport, digitsTrials, NOON } from '../fixtures/digits-study.ts';
import { certainty, renderReport } from './report.ts';
import { renderStudy } from './study-detail.ts';
import { displayWidth } from './text.ts';
import { renderTrial } from './trial-detail.ts';

const report = digitsReport();
const plain = { color: false, width: 110 };

describe('renderReport', () => {
  const lines = renderReport(report, plain);

  it('[#84] says how many trials of how many configurations, and how they ended', () => {
    expect(lines.slice(1, 3)).toEqual([
      ' digits  30 trials of 9,600 configurations in 3m12s · seed 7',
      ' 22 complete · 6 pruned · 2 failed · training 5m58s in all · pruning saved about 1m10s of training',
    ]);
  });

  it('prints the best parameters as TypeScript to paste', () => {
    const at = lines.indexOf('   const best = {');
    expect(lines.slice(at - 1, at + 7)).toEqual([
      ' Best  trial #22 · valAccuracy 0.9822 (higher is better)',
      '   const best = {',
      '     hidden1: 352,',
      '     dropout1: 0.2,',
      '     hidden2: 112,',
      '     dropout2: 0.5,',
      '     learningRate: 0.01,',
      '   } as const;',
    ]);
  });

  it('prints mean, deviation and every score of the finalists, and the probability', () => {
    const at = lines.findIndex((line) => line.startsWith(' Finals'));
    expect(lines.slice(at, at + 5)).toEqual([
      ' Finals  valAccuracy of the best 2, trained again on 3 seeds',
      '   trial  mean ± deviation  each seed               hidden1  dropout1  hidden2  dropout2  learningRate',
      '     #22  0.9834 ± 0.0008   0.9836  0.9825  0.9841      352       0.2      112       0.5          0.01',
      '     #25  0.9828 ± 0.0010   0.9829  0.9817  0.9838      512       0.1       96       0.1          0.01',
      '   #22 is better than #25 with probability 0.76 (not settled: either may be the better one)',
    ]);
  });

  it('prints the five best, the diagnosis, the edges of the space, the test score, files and next commands', () => {
    const text = lines.join('\n');
    expect(lines.filter((line) => /^ {4,5}#\d/.test(line))).toHaveLength(7);
    expect(text).toContain(' Diagnosis  overfitting\n   Validation loss turns up after epoch 6');
    expect(text).toContain(' Space\n   hidden1: 4 of the best 5 trials sit at the upper edge (512)');
    expect(text).toContain(' Test  10,000 samples that nothing was tuned on, used once\n   accuracy 0.9829');
    expect(text).toContain('   runs/digits/best.onnx     the best model');
    expect(text.match(/0\.9829 {2}\(the model kept: trial #31, valAccuracy 0\.9841\)/g)).toHaveLength(1);
  });

  it('[#26] has the warning about the size of the model behind the diagnosis', () => {
    const text = 'far more parameters than samples';
    const large = renderReport(
      { ...report, size: { parameters: 5000, samples: 10, text, advice: [] } },
      plain,
    );
    const at = large.indexOf(`   ${text}`);
    expect(at).toBeGreaterThan(large.findIndex((line) => line.startsWith(' Diagnosis')));
    expect(at).toBeLessThan(large.findIndex((line) => line.startsWith(' Space')));
    expect(lines).not.toContain(`   ${text}`);
  });

  it('is never wider than the terminal, except for commands and files, which are whole', () => {
    const narrow = renderReport(report, { color: true, width: 60 });
    const files = narrow.findIndex((line) => line.includes('Files'));
    for (const line of narrow.slice(0, files)) expect(displayWidth(line)).toBeLessThanOrEqual(60);
    const text = narrow.join('\n');
    for (const { command } of report.next) expect(text).toContain(command);
  });

  it('calls a single score a score', () => {
    const once = report.finalists.map((finalist) => ({
      ...finalist,
      scores: [0.98],
      mean: 0.98,
      deviation: Number.NaN,
    }));
    const text = renderReport({ ...report, finalists: once }, plain).join('\n');
    expect(text).toContain('trained again on 1 seed\n   trial  score   hidden1');
    expect(text).not.toContain('NaN');
  });

  it('leaves out what is not there', () => {
    const { test: _test, probabilityFirstBetter: _probability, ...rest } = report;
    const text = renderReport({ ...rest, finalists: [], edges: [], files: [], next: [] }, plain).join('\n');
    for (const title of ['Finals', 'Space', 'Test', 'Files', 'Next', 'probability'])
      expect(text).not.toContain(title);
  });

  it('has the same words with and without colours', () => {
    const colored = renderReport(report, { color: true, width: 110 });
    const code = String.fromCharCode(27);
    expect(colored.join('\n').replaceAll(new RegExp(`${code}\\[[0-9;]*m`, 'g'), '')).toBe(lines.join('\n'));
  });
});

describe('certainty', () => {
  it('calls nothing settled below 0.95', () => {
    expect([0.5, 0.79, 0.8, 0.94].map(certainty).every((words) => words.includes('not settled'))).toBe(true);
    expect(certainty(0.95)).toBe('settled');
  });
});

describe('renderTrial', () => {
  const history = digitsHistory(digitsTrials(12));

  it('shows why it was tried, the difference to the best and the curves', () => {
    const lines = renderTrial(history, history.trials[8]!, { ...plain, now: NOON });
    const text = lines.join('\n');
    expect(lines[1]).toBe(' Trial #8  valAccuracy 0.9283');
    expect(lines[2]).toBe(' pruned after 6.0s · seed 1008');
    expect(text).toContain(' Why  gp · exploiting\n   Most promising place of the model.');
    expect(text).toMatch(/ name +#8 {2}best #9\n/);
    expect(text).toMatch(/ dropout1 +0\.5 +0\.3\n/);
    expect(text).toMatch(/ valAccuracy {2}▁▅█ +0\.8904 {2}0\.9283\n/);
    expect(text).toContain('−0.0404 against the best, #9');
  });

  it('names the trials that a suggestion rests on', () => {
    const trials = digitsTrials(12);
    const trial = { ...trials[8]!, why: { ...trials[8]!.why, neighbours: [3, 5] } };
    const known = digitsHistory(trials.with(8, trial));
    const text = renderTrial(known, trial, { ...plain, now: NOON }).join('\n');
    expect(text).toContain('   Most promising place of the model. (learned most from #3, #5)');
  });

  it('says whether it explores, and what the model expected of it', () => {
    const trials = digitsTrials(12);
    const predicted = { mean: 0.95, deviation: 0.01 };
    const why = { ...trials[8]!.why, mode: 'explore', predicted } as const;
    const shownAs = (trial: (typeof trials)[number]): string =>
      renderTrial(digitsHistory(trials.with(8, trial)), trial, { ...plain, now: NOON }).join('\n');
    const text = shownAs({ ...trials[8]!, state: 'complete', values: [0.9283], why });
    expect(text).toContain(' Why  gp · exploring\n');
    // 0.9283 lies 2.2 deviations below 0.95.
    expect(text).toContain('   expected valAccuracy 0.9500 ± 0.0100, became 0.9283, 2.2 deviations off\n');
    // A stopped trial did not get as far as was predicted of it.
    expect(shownAs({ ...trials[8]!, why })).toContain('   expected valAccuracy 0.9500 ± 0.0100\n');
  });

  it('shows a diverged trial as diverged, with its message', () => {
    const text = renderTrial(history, history.trials[7]!, { ...plain, now: NOON }).join('\n');
    expect(text).toContain(' Trial #7  valAccuracy diverged\n failed (diverged) after 4.0s');
    expect(text).toContain(' loss is NaN at epoch 2\n');
    expect(text).not.toContain('NaN against');
  });

  it('compares the best trial with nothing', () => {
    const text = renderTrial(history, history.trials[9]!, { ...plain, now: NOON }).join('\n');
    expect(text).toContain('best of the study');
    expect(text).not.toContain('against');
  });
});

describe('renderStudy', () => {
  it('shows settings, progress, the space and the best trials', () => {
    const lines = renderStudy('digits', digitsHistory(digitsTrials(12)), { ...plain, now: NOON });
    expect(lines.slice(1, 4)).toEqual([
      ' digits  maximize valAccuracy',
      ' gp · asha · seed 7 · budget 30 trials',
      ' 12 trials: 8 complete · 2 pruned · 2 failed',
    ]);
    expect(lines).toContain('   hidden1        int 32 to 512 step 32');
    expect(lines.at(-2)).toMatch(/^ {5,6}#\d/);
  });
});
