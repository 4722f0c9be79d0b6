import type { RegularizationRecord } from '@luthier/core';
import type { BarSeriesOption } from 'echarts/charts';
import { describe, expect, it } from 'vitest';
import { regularizationChart } from './regularization-chart.ts';
import { renderSvg } from './render-svg.ts';

const record = (name: string, gap: number, weightNorm: number, sparsity: number): RegularizationRecord => ({
  name,
  trainLoss: 0.1,
  validationLoss: 0.1 + gap,
  gap,
  trainMetrics: {},
  validationMetrics: {},
  weightNorm,
  sparsity,
  history: { epochs: [], stopReason: 'epochs' },
});
const records = [
  record('none', 0.238, 17.2, 0),
  record('l1', 0.207, 12.65, 0.805),
  record('mine', -0.1, Number.NaN, 0),
];

describe('regularizationChart', () => {
  it('[#51] has a bar for each way in each of three panels', () => {
    const { series, yAxis } = regularizationChart(records);
    const panels = series as readonly BarSeriesOption[];
    expect(panels.map(({ data }) => data!.map((bar) => (bar as { value: number }).value))).toEqual([
      [0.238, 0.207, -0.1],
      [17.2, 12.65, 0],
      [0, 80.5, 0],
    ]);
    expect(panels[2]!.data).toMatchObject([
      { label: { formatter: '0 %' } },
      { label: { formatter: '81 %' } },
      { label: { formatter: '0 %' } },
    ]);
    expect(panels[1]!.data![2]).toMatchObject({ label: { formatter: 'not finite' } });
    expect(yAxis).toMatchObject([{ data: ['none', 'L1', 'mine'] }, {}, {}]);
  });

  it('begins at 0, or where a gap is negative', () => {
    expect(regularizationChart(records).xAxis).toMatchObject([{ min: -0.1 }, { min: 0 }, { min: 0 }]);
  });

  it('is drawn with its names and values', () => {
    const svg = renderSvg(regularizationChart(records), { width: 960, height: 400 });
    for (const text of ['L1', 'mine', '0.238', '81 %', 'norm of the weights']) expect(svg).toContain(text);
  });
});
