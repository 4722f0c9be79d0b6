import type { LineSeriesOption } from 'echarts/charts';
import { describe, expect, it } from 'vitest';
import { mixed, study } from './fixtures/small-study.ts';
import { learningCurvesChart } from './learning-curves-chart.ts';

const curves = (history: typeof mixed): readonly LineSeriesOption[] =>
  learningCurvesChart(history).series as readonly LineSeriesOption[];

describe('learningCurvesChart', () => {
  it('has one curve a trial, named after how it ended; the best is apart', () => {
    expect(curves(mixed).map(({ name }) => name)).toEqual([
      'complete',
      'complete',
      'pruned',
      'best',
      'failed',
      'complete',
    ]);
  });

  it('breaks a curve where it is not finite and marks the last finite point of a failed trial', () => {
    const failed = curves(mixed)[4]!;
    expect(failed.data).toMatchObject([
      { value: [1, 2], symbol: expect.stringContaining('path') },
      { value: [2, null] },
    ]);
  });

  it('cuts a pruned curve with an open marker at its last epoch', () => {
    expect(curves(mixed)[2]!.data).toMatchObject([
      { value: [1, 0.95], symbol: 'circle', itemStyle: { color: '#ffffff' } },
    ]);
  });

  it('ends the axis near the curves that did not diverge', () => {
    expect(learningCurvesChart(mixed).yAxis).toMatchObject({ min: 0.4, max: 1 });
  });

  it('holds for a study without trials', () => {
    expect(curves(study([]))).toEqual([]);
  });
});
