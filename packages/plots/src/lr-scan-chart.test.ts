import type { LearningRateScan } from '@luthier/core';
import { describe, expect, it } from 'vitest';
import { lrScanChart } from './lr-scan-chart.ts';
import { renderSvg } from './render-svg.ts';

const rates = [1e-4, 1e-3, 1e-2, 1e-1];
const scan: LearningRateScan = {
  min: 1e-4,
  max: 1e-1,
  batchSize: 32,
  rates,
  losses: [2, 1.8, 1, 3],
  low: [1.9, 1.7, 0.9, 2.5],
  high: [2.1, 1.9, 1.1, 3.5],
  curves: [{ seed: 0, rates, losses: [2, 1.8, 1, 3], divergedAt: 1e-1 }],
  suggestions: { valley: 1e-3, minimum: 1e-3 },
  suggestion: 1e-3,
  spread: 0,
  divergence: 1e-1,
  text: 'try 0.001 (the rules agree); the loss runs away at about 0.1',
};
const seriesOf = (option: ReturnType<typeof lrScanChart>) =>
  option.series as readonly { readonly name: string; readonly data: readonly (readonly number[])[] }[];

describe('lrScanChart', () => {
  it('[#15] draws loss against log rate with the rules, their middle and the rate of divergence', () => {
    const option = lrScanChart(scan, { title: 'digits' });
    const series = seriesOf(option);
    const at = (name: string) => series.find((one) => one.name === name)!.data;
    expect(at('loss, mean of 1')).toEqual([
      [-4, 2],
      [-3, 1.8],
      [-2, 1],
      [-1, 3],
    ]);
    expect(at('valley 0.001')).toEqual([[-3, 1.8]]);
    expect(at('suggestion').map(([x]) => x)).toEqual([-3, -3]);
    expect(at('runs away').map(([x]) => x)).toEqual([-1, -1]);
    expect(series.some(({ name }) => name.startsWith('steep'))).toBe(false);
    expect(option.title).toMatchObject({ text: 'digits: learning rate 0.001', subtext: scan.text });
    expect(option.xAxis).toMatchObject({ min: -4, max: -1, axisLabel: { formatter: '1e{value}' } });
  });

  it('says so when there is nothing to suggest, and is plain data that can be drawn', () => {
    const { suggestion: _s, divergence: _d, ...rest } = scan;
    const option = lrScanChart({ ...rest, suggestions: {} });
    expect(option.title).toMatchObject({ text: 'no rate to suggest' });
    expect(JSON.parse(JSON.stringify(option))).toEqual(option);
    expect(renderSvg(option, { width: 400, height: 300 })).toContain('learning rate');
  });
});
