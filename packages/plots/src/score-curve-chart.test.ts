import type { ScoreCurve } from '@luthier/core';
import { describe, expect, it } from 'vitest';
import type { ChartOption } from './chart-option.ts';
import { renderSvg } from './render-svg.ts';
import { scoreCurveChart } from './score-curve-chart.ts';

const over = (mean: number, spread: number) => ({ mean, spread, values: [mean - spread, mean + spread] });
const curve = (parameter: string, places: readonly (number | string)[]): ScoreCurve => ({
  parameter,
  points: places.map((at, i) => ({
    at,
    train: { loss: over(0.1, 0), accuracy: over(0.95, 0) },
    validation: { loss: over(0.5 - i / 10, 0.05), accuracy: over(0.6 + i / 10, 0.02) },
  })),
});

function series(option: ChartOption, name: string): readonly unknown[] {
  const all = option.series as readonly { readonly name?: string; readonly data?: readonly unknown[] }[];
  return all.find((one) => one.name === name)?.data ?? [];
}

describe('scoreCurveChart', () => {
  it('draws the means of both parts, and the spread of the held-out one as a band', () => {
    const option = scoreCurveChart(curve('samples', [50, 100, 150]));
    expect(series(option, 'training part')).toEqual([
      [50, 0.95],
      [100, 0.95],
      [150, 0.95],
    ]);
    expect(series(option, 'held-out part')).toEqual([
      [50, 0.6],
      [100, 0.7],
      [150, 0.8],
    ]);
    const low = series(option, 'held-out part low') as readonly (readonly [number, number])[];
    const height = series(option, 'held-out part height') as readonly (readonly [number, number])[];
    expect(low.map(([x]) => x)).toEqual([50, 100, 150]);
    expect(low[0]![1]).toBeCloseTo(0.58, 12);
    expect(height[0]![1]).toBeCloseTo(0.04, 12);
    expect(option.title).toMatchObject({
      text: 'learning curve: accuracy by training samples',
      subtext: 'mean and spread over 2 folds; best on the held-out parts at 150',
    });
  });

  it('puts values that span decades on a logarithmic axis and words side by side', () => {
    const logs = scoreCurveChart(curve('units', [1, 10, 100]), { score: 'loss' });
    expect(series(logs, 'held-out part').map((point) => (point as number[])[0])).toEqual([0, 1, 2]);
    expect(logs.xAxis).toMatchObject({ min: 0, max: 2, axisLabel: { formatter: '1e{value}' } });
    expect(logs.title).toMatchObject({ text: 'validation curve: loss by units' });
    const words = scoreCurveChart(curve('activation', ['relu', 'tanh']));
    expect(words.xAxis).toMatchObject({ type: 'category', data: ['relu', 'tanh'] });
  });

  it('leaves no point out of the picture, and is plain data that can be drawn', () => {
    const option = scoreCurveChart({
      parameter: 'units',
      points: [0, 0.9, 0.91, 0.92, 0.93].map((value, i) => ({
        at: i,
        train: { accuracy: over(value, 0) },
        validation: { accuracy: over(value, 0) },
      })),
    });
    expect(option.yAxis).toMatchObject({ min: 0, max: 1 });
    expect(JSON.parse(JSON.stringify(option))).toEqual(option);
    expect(renderSvg(option, { width: 400, height: 300 })).toContain('validation curve: accuracy by units');
  });
});
