import { describe, expect, it } from 'vitest';
import type { ChartOption } from './chart-option.ts';
import { mixed, study, trial } from './fixtures/small-study.ts';
import { historyChart } from './history-chart.ts';

function series(option: ChartOption, name: string): readonly unknown[] {
  const all = (Array.isArray(option.series) ? option.series : [option.series]) as readonly {
    readonly name?: string;
    readonly data?: unknown;
  }[];
  return all.flatMap((one) => (one.name === name && Array.isArray(one.data) ? one.data : []));
}

describe('historyChart', () => {
  it('puts each trial into the series of its outcome', () => {
    const option = historyChart(mixed);
    expect(series(option, 'complete')).toEqual([
      [0, 0.6],
      [1, 0.5],
      [3, 0.4],
    ]);
    expect(series(option, 'pruned')).toEqual([[2, 0.95]]);
  });

  it('draws the best so far in the direction of the objective, to the last trial', () => {
    expect(series(historyChart(mixed), 'best so far')).toEqual([
      [0, 0.6],
      [1, 0.5],
      [3, 0.4],
      [5, 0.4],
    ]);
    const upwards = historyChart(study([trial(0, [0.6]), trial(1, [0.5]), trial(2, [0.7])], 'maximize'));
    expect(series(upwards, 'best so far')).toEqual([
      [0, 0.6],
      [2, 0.7],
      [2, 0.7],
    ]);
  });

  it('keeps a diverged and a far trial on the edge, so that they do not squash the axis', () => {
    const option = historyChart(mixed);
    expect(option.yAxis).toMatchObject({ min: 0.4, max: 1 });
    expect(series(option, 'diverged or off the scale')).toEqual([
      [4, 1],
      [5, 1],
    ]);
  });

  it('says the best value, its trial and how trials ended', () => {
    expect(historyChart(mixed, { study: 'toy' }).title).toMatchObject({
      text: 'toy: best valLoss 0.4000 in trial 3',
      subtext: '6 trials: 4 complete, 1 pruned, 1 failed',
    });
    expect(historyChart(study([])).title).toMatchObject({
      text: 'no trial has completed yet',
      subtext: '0 trials',
    });
  });

  it('leaves out repeats of finalists', () => {
    const option = historyChart(study([trial(0, [0.6]), trial(1, [0.1], { purpose: 'repeat', of: 0 })]));
    expect(series(option, 'complete')).toEqual([[0, 0.6]]);
  });

  it('is plain data', () => {
    const option = historyChart(mixed);
    expect(JSON.parse(JSON.stringify(option))).toEqual(option);
  });
});
