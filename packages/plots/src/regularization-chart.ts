import type { RegularizationRecord } from '@luthier/core';
import type { BarSeriesOption } from 'echarts/charts';
import type { ChartOption } from './chart-option.ts';
import { COLORS, FONT } from './theme.ts';

/** One column of bars. */
interface Panel {
  readonly title: string;
  value(record: RegularizationRecord): number;
  text(value: number): string;
}

const PANELS: readonly Panel[] = [
  {
    title: 'gap: validation loss - training loss',
    value: ({ gap }) => gap,
    text: (value) => value.toFixed(3),
  },
  { title: 'norm of the weights', value: ({ weightNorm }) => weightNorm, text: (value) => value.toFixed(1) },
  {
    title: 'weights that are exactly zero',
    value: ({ sparsity }) => 100 * sparsity,
    text: (value) => `${value.toFixed(0)} %`,
  },
];

/** Where the panels lie, in percent of the width. */
const LEFT = 15;
const STRIDE = 28.5;
const WIDTH = 22;

/** Names as a reader says them; others stay. */
const LABELS: Readonly<Record<string, string>> = {
  l1: 'L1',
  l2: 'L2',
  l1l2: 'L1 + L2',
  batchNormalization: 'batch norm',
  earlyStopping: 'early stopping',
};

function bars(records: readonly RegularizationRecord[], panel: Panel, index: number): BarSeriesOption {
  return {
    type: 'bar',
    name: panel.title,
    xAxisIndex: index,
    yAxisIndex: index,
    silent: true,
    barWidth: '62%',
    data: records.map((record) => {
      const value = panel.value(record);
      return {
        value: Number.isFinite(value) ? value : 0,
        // The one without is what the others are held against.
        itemStyle: { color: record.name === 'none' ? COLORS.pruned : COLORS.complete },
        label: {
          show: true,
          position: 'right',
          color: COLORS.text,
          fontFamily: FONT,
          fontSize: 12,
          formatter: Number.isFinite(value) ? panel.text(value) : 'not finite',
        },
      };
    }),
  };
}

/**
 * What ways of regularizing do to a model: the gap between validation and training loss, the size of the weights, and
 * how many of them are zero, one row of bars for each way.
 *
 * @example
 * const svg = renderSvg(regularizationChart(await compareRegularizers(build, data)), { width: 960, height: 400 });
 */
export function regularizationChart(records: readonly RegularizationRecord[]): ChartOption {
  const label = { color: COLORS.faint, fontFamily: FONT, fontSize: 12 };
  const left = (index: number): string => `${LEFT + STRIDE * index}%`;
  return {
    animation: false,
    backgroundColor: COLORS.background,
    textStyle: { fontFamily: FONT, color: COLORS.text },
    title: [
      {
        text: 'What regularization does',
        subtext: 'one model, one seed, the same data',
        left: 24,
        top: 18,
        itemGap: 6,
        textStyle: { fontFamily: FONT, fontSize: 17, fontWeight: 600, color: COLORS.text },
        subtextStyle: { fontFamily: FONT, fontSize: 13, color: COLORS.faint },
      },
      ...PANELS.map(({ title }, i) => ({
        text: title,
        left: left(i),
        top: 78,
        padding: 0,
        textStyle: { fontFamily: FONT, fontSize: 13, fontWeight: 600, color: COLORS.text },
      })),
    ],
    grid: PANELS.map((_, i) => ({ left: left(i), width: `${WIDTH}%`, top: 104, bottom: 28 })),
    xAxis: PANELS.map(({ value }, i) => ({
      type: 'value' as const,
      gridIndex: i,
      // A negative gap is a bar to the left; otherwise bars begin at the axis.
      min: Math.min(0, ...records.map(value).filter(Number.isFinite)),
      axisLabel: { show: false },
      splitLine: { show: false },
    })),
    yAxis: PANELS.map((_, i) => ({
      type: 'category' as const,
      gridIndex: i,
      inverse: true,
      data: records.map(({ name }) => LABELS[name] ?? name),
      axisTick: { show: false },
      axisLine: { lineStyle: { color: COLORS.line } },
      axisLabel: { ...label, show: i === 0, fontSize: 13, color: COLORS.text },
    })),
    series: PANELS.map((panel, i) => bars(records, panel, i)),
  };
}
