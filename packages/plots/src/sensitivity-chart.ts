import { median } from '@luthier/core';
import {
  describeParameter,
  encodeValue,
  type History,
  importance,
  type Parameter,
  type TrialRecord,
} from '@luthier/search';
import { axisRange } from './axis-range.ts';
import type { ChartOption } from './chart-option.ts';
import { COLORS, FONT } from './theme.ts';
import { firstObjective, scoreOf, searched } from './trial-scores.ts';

type Axis = Extract<NonNullable<ChartOption['xAxis']>, { readonly type?: 'value' }>;
/** The part of an axis that its parameter decides. */
interface Scale {
  readonly type: 'value' | 'log' | 'category';
  readonly min?: number;
  readonly max?: number;
  readonly data?: readonly string[];
}
type Point = readonly [number, number];

const COLUMNS = 3;
// More panels than this no one compares.
const MOST = 12;
const TOP = 104;
const PANEL = 150;
const ROW = 232;
// Trials behind one point of the line.
const FEWEST = 5;
const MOST_BINS = 8;

/** The parameters of a study that varied, most important first, with their shares where enough trials tell them. */
function panelsOf(history: History): readonly { readonly parameter: Parameter; readonly share?: number }[] {
  const shares = new Map(importance(history).map(({ parameter, share }) => [parameter, share]));
  return history.space.parameters
    .filter(({ kind }) => kind !== 'fixed')
    .map((parameter) => {
      const share = shares.get(parameter.name);
      return { parameter, ...(share === undefined ? {} : { share }) };
    })
    .sort((a, b) => (b.share ?? 0) - (a.share ?? 0))
    .slice(0, MOST);
}

/** The height that the panels of a study take, in pixels, for a width of 960. */
export function sensitivityHeight(history: History): number {
  return TOP + ROW * Math.max(1, Math.ceil(panelsOf(history).length / COLUMNS));
}

/** Medians of each value where they are few, otherwise of equally many neighbours along the axis. */
function trendOf(points: readonly Point[], isListed: boolean): readonly Point[] {
  const sorted = points.toSorted(([a], [b]) => a - b);
  const places = [...new Set(sorted.map(([x]) => x))];
  if (isListed || places.length <= MOST_BINS) {
    return places.map((at) => [at, median(sorted.filter(([x]) => x === at).map(([, y]) => y))]);
  }
  const bins = Math.min(MOST_BINS, Math.floor(sorted.length / FEWEST));
  return Array.from({ length: bins }, (_, bin) => {
    const part = sorted.slice((bin * sorted.length) / bins, ((bin + 1) * sorted.length) / bins);
    return [median(part.map(([x]) => x)), median(part.map(([, y]) => y))];
  });
}

/** Where the values of a parameter stand on its axis; `isBare` when its ticks would say nothing. */
function scaleOf(parameter: Parameter): {
  readonly scale: Scale;
  readonly isBare: boolean;
  readonly place: (value: unknown) => number;
} {
  if (parameter.kind === 'float' || parameter.kind === 'int') {
    const { min, max, scale } = parameter;
    if (scale === 'linear' || scale === 'log')
      return { scale: { type: scale === 'log' ? 'log' : 'value', min, max }, isBare: false, place: Number };
    // These scales have no axis of their own: places are even, and the name says the range.
    const place = (value: unknown): number => encodeValue(parameter, Number(value));
    return { scale: { type: 'value', min: 0, max: 1 }, isBare: true, place };
  }
  const values: readonly unknown[] = parameter.kind === 'choice' ? parameter.values : [false, true];
  const scale: Scale = { type: 'category', data: values.map(String) };
  return { scale, isBare: false, place: (value) => values.indexOf(value) };
}

/**
 * The objective against each hyperparameter, one panel a parameter, the most important first: a dot for every complete trial and the
 * median of neighbouring ones.
 *
 * Panels show up to twelve parameters, trials that have the parameter, and its share of the importance from 20 complete trials on.
 * They show the region that was searched: a sampler goes where it is good.
 *
 * @example
 * const size = { width: 960, height: sensitivityHeight(history) };
 * const svg = renderSvg(sensitivityChart(history), size);
 */
export function sensitivityChart(history: History, options: { readonly study?: string } = {}): ChartOption {
  const objective = firstObjective(history);
  const complete = searched(history).filter(({ state }) => state === 'complete');
  const range = axisRange(
    complete.map((trial) => scoreOf(trial, objective)),
    objective.direction,
  );
  const isShown = (score: number): boolean => score >= range.min && score <= range.max;
  const label = { color: COLORS.faint, fontFamily: FONT, fontSize: 11 };
  const panels = panelsOf(history).map(({ parameter, share }) => {
    const { scale, isBare, place } = scaleOf(parameter);
    const isListed = scale.type === 'category';
    const points = complete.flatMap((trial: TrialRecord): readonly Point[] => {
      const value = trial.params[parameter.name];
      const at = value === undefined ? -1 : place(value);
      const score = scoreOf(trial, objective);
      const isInside = isListed ? at >= 0 : value !== undefined && Number.isFinite(at);
      return isInside && isShown(score) ? [[at, score]] : [];
    });
    const percent = share === undefined ? '' : ` ${(100 * share).toFixed(0)} %`;
    const name = `${parameter.name}${percent}${isBare ? ` (${describeParameter(parameter)})` : ''}`;
    return { name, scale, isBare, isListed, points, trend: trendOf(points, isListed) };
  });
  const name = options.study === undefined ? '' : `${options.study}: `;
  return {
    animation: false,
    backgroundColor: COLORS.background,
    textStyle: { fontFamily: FONT, color: COLORS.text },
    title: {
      text: `${name}${objective.metric} (${objective.direction === 'maximize' ? 'higher' : 'lower'} is better) by hyperparameter`,
      subtext: `${complete.length} complete trials; green: medians, percentages: shares of the importance`,
      left: 24,
      top: 18,
      itemGap: 6,
      textStyle: { fontFamily: FONT, fontSize: 17, fontWeight: 600, color: COLORS.text },
      subtextStyle: { fontFamily: FONT, fontSize: 13, color: COLORS.faint },
    },
    grid: panels.map((_, i) => ({
      left: `${8 + (i % COLUMNS) * 31.5}%`,
      width: '25%',
      top: TOP + ROW * Math.floor(i / COLUMNS),
      height: PANEL,
    })),
    xAxis: panels.map(
      (panel, i) =>
        ({
          ...panel.scale,
          splitNumber: 4,
          gridIndex: i,
          name: panel.name,
          nameLocation: 'middle',
          nameGap: 28,
          nameTextStyle: { ...label, fontSize: 12, color: COLORS.text },
          axisLine: { lineStyle: { color: COLORS.pruned } },
          splitLine: { show: false },
          axisLabel: { ...label, hideOverlap: true, show: !panel.isBare },
        }) as Axis,
    ),
    yAxis: panels.map((_, i) => ({
      ...range,
      type: 'value' as const,
      gridIndex: i,
      axisLine: { show: false },
      axisTick: { show: false },
      splitLine: { lineStyle: { color: COLORS.line } },
      axisLabel: label,
    })),
    series: panels.flatMap(({ name: title, points, trend, isListed }, i) => [
      {
        type: 'scatter' as const,
        name: `${title} trials`,
        xAxisIndex: i,
        yAxisIndex: i,
        data: points.map(([x, y]) => [x, y]),
        symbolSize: 6,
        silent: true,
        itemStyle: { color: COLORS.complete, opacity: 0.55 },
      },
      {
        type: 'line' as const,
        name: `${title} median`,
        xAxisIndex: i,
        yAxisIndex: i,
        data: trend.map(([x, y]) => [x, y]),
        // Nothing lies between two values of a list.
        symbol: isListed ? 'circle' : 'none',
        symbolSize: 10,
        silent: true,
        lineStyle: { color: COLORS.best, width: isListed ? 0 : 2.5 },
        itemStyle: { color: COLORS.best },
      },
    ]),
  };
}
