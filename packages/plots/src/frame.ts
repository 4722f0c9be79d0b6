import type { AxisRange } from './axis-range.ts';
import type { ChartOption } from './chart-option.ts';
import { COLORS, FONT } from './theme.ts';

/** What charts of studies share: title, legend, two quiet axes on white. */
export interface Frame {
  readonly title: string;
  readonly subtitle: string;
  readonly legend: readonly { readonly name: string; readonly icon: string }[];
  readonly x: { readonly name: string; readonly min: number; readonly max: number };
  readonly y: AxisRange & { readonly name: string };
}

const X_TICKS = 10;

/** Whole numbers apart: 1, 2, 5, 10, 20, ... */
function wholeStep(span: number): number {
  const raw = Math.max(1, span / X_TICKS);
  const power = 10 ** Math.floor(Math.log10(raw));
  return ([1, 2, 5, 10].find((factor) => factor * power >= raw) ?? 10) * power;
}

/** The option of a frame; series are added by the chart. */
export function frameOption(frame: Frame): ChartOption {
  const label = { color: COLORS.faint, fontFamily: FONT, fontSize: 12 };
  const step = wholeStep(frame.x.max - frame.x.min);
  return {
    animation: false,
    backgroundColor: COLORS.background,
    textStyle: { fontFamily: FONT, color: COLORS.text },
    title: {
      text: frame.title,
      subtext: frame.subtitle,
      left: 24,
      top: 18,
      itemGap: 6,
      textStyle: { fontFamily: FONT, fontSize: 17, fontWeight: 600, color: COLORS.text },
      subtextStyle: { fontFamily: FONT, fontSize: 13, color: COLORS.faint },
    },
    legend: {
      right: 28,
      top: 46,
      itemGap: 18,
      itemWidth: 14,
      itemHeight: 9,
      textStyle: label,
      selectedMode: false,
      data: [...frame.legend],
    },
    grid: { left: 76, right: 32, top: 92, bottom: 58, containLabel: false },
    xAxis: {
      type: 'value',
      name: frame.x.name,
      nameLocation: 'middle',
      nameGap: 32,
      nameTextStyle: label,
      min: frame.x.min,
      max: frame.x.max,
      interval: step,
      axisLine: { lineStyle: { color: COLORS.pruned } },
      axisTick: { show: true, lineStyle: { color: COLORS.pruned } },
      splitLine: { show: false },
      // The end of the axis is no round number: its label would run into the last round one.
      axisLabel: { ...label, showMaxLabel: (frame.x.max - frame.x.min) % step === 0 },
    },
    yAxis: {
      type: 'value',
      name: frame.y.name,
      nameLocation: 'middle',
      nameGap: 54,
      nameTextStyle: label,
      min: frame.y.min,
      max: frame.y.max,
      interval: frame.y.interval,
      axisLine: { show: false },
      axisTick: { show: false },
      splitLine: { lineStyle: { color: COLORS.line } },
      axisLabel: label,
    },
  };
}
