import type { LearningRateScan } from '@luthier/core';
import type { LineSeriesOption, ScatterSeriesOption } from 'echarts/charts';
import { axisRange } from './axis-range.ts';
import { band } from './band.ts';
import type { ChartOption } from './chart-option.ts';
import { frameOption } from './frame.ts';
import { COLORS, FONT } from './theme.ts';

const RULES = [
  ['valley', 'circle'],
  ['steep', 'triangle'],
  ['minimum', 'diamond'],
  ['slide', 'rect'],
] as const;

function shown(rate: number): string {
  return String(Number(rate.toPrecision(2)));
}

/** The smoothed loss at the rate nearest to one. */
function lossAt({ rates, losses }: LearningRateScan, rate: number): number {
  const distance = (other: number): number => Math.abs(Math.log(other / rate));
  const nearest = rates.reduce((best, other, i) => (distance(other) < distance(rates[best]!) ? i : best), 0);
  return losses[nearest]!;
}

function upright(
  name: string,
  rate: number,
  range: { min: number; max: number },
  color: string,
  dash: boolean,
): LineSeriesOption {
  return {
    type: 'line',
    name,
    symbol: 'none',
    silent: true,
    data: [
      [Math.log10(rate), range.min],
      [Math.log10(rate), range.max],
    ],
    lineStyle: { color, width: 1.75, type: dash ? 'dashed' : 'solid' },
    itemStyle: { color },
    endLabel: {
      show: true,
      formatter: shown(rate),
      color,
      fontFamily: FONT,
      fontSize: 12,
      fontWeight: 600,
      offset: [-2, -10],
    },
    z: 2,
  };
}

/**
 * A learning-rate scan: smoothed loss against rate on a logarithmic axis, the band over the runs, what each rule suggests,
 * their middle as an upright line, and the rate at which the loss ran away.
 *
 * @example
 * const svg = renderSvg(lrScanChart(scan), { width: 960, height: 480 });
 */
export function lrScanChart(scan: LearningRateScan, options: { readonly title?: string } = {}): ChartOption {
  const { rates, losses, low, high, curves, suggestions, suggestion, divergence } = scan;
  const x = rates.map(Math.log10);
  const range = axisRange([...low, ...high], 'minimize');
  const inside = (value: number): number => Math.min(value, range.max);
  const rules = RULES.flatMap(([name, symbol]): readonly ScatterSeriesOption[] => {
    const rate = suggestions[name];
    if (rate === undefined) return [];
    return [
      {
        type: 'scatter',
        name: `${name} ${shown(rate)}`,
        symbol,
        symbolSize: 11,
        silent: true,
        itemStyle: { color: COLORS.background, borderColor: COLORS.best, borderWidth: 2 },
        data: [[Math.log10(rate), inside(lossAt(scan, rate))]],
        z: 5,
      },
    ];
  });
  const frame = frameOption({
    title: `${options.title === undefined ? '' : `${options.title}: `}${
      suggestion === undefined ? 'no rate to suggest' : `learning rate ${shown(suggestion)}`
    }`,
    subtitle: scan.text,
    legend: [
      { name: `loss, mean of ${curves.length}`, icon: 'path://M0,4L14,4L14,6L0,6Z' },
      ...RULES.flatMap(([name, icon]) => {
        const rate = suggestions[name];
        return rate === undefined ? [] : [{ name: `${name} ${shown(rate)}`, icon }];
      }),
      ...(divergence === undefined ? [] : [{ name: 'runs away', icon: 'path://M0,4L14,4L14,6L0,6Z' }]),
    ],
    x: { name: 'learning rate', min: Math.floor(x[0]! + 1e-9), max: Math.ceil(Math.log10(scan.max) - 1e-9) },
    y: { ...range, name: 'loss of a batch, smoothed' },
  });
  return {
    ...frame,
    legend: { ...frame.legend, top: 68 },
    grid: { ...frame.grid, top: 118 },
    xAxis: {
      ...(frame.xAxis as object),
      axisLabel: { ...(frame.xAxis as { axisLabel: object }).axisLabel, formatter: '1e{value}' },
    },
    series: [
      ...band('band', x, low.map(inside), high.map(inside), COLORS.complete),
      {
        type: 'line',
        name: `loss, mean of ${curves.length}`,
        symbol: 'none',
        silent: true,
        data: x.map((at, i) => [at, inside(losses[i]!)]),
        lineStyle: { color: COLORS.complete, width: 2.5 },
        itemStyle: { color: COLORS.complete },
        z: 3,
      },
      ...(suggestion === undefined ? [] : [upright('suggestion', suggestion, range, COLORS.best, false)]),
      ...(divergence === undefined ? [] : [upright('runs away', divergence, range, COLORS.failed, true)]),
      ...rules,
    ],
  };
}
