import type { ScoreCurve, ScoreOverFolds } from '@luthier/core';
import type { LineSeriesOption } from 'echarts/charts';
import { axisRange } from './axis-range.ts';
import { band } from './band.ts';
import type { ChartOption } from './chart-option.ts';
import { frameOption } from './frame.ts';
import { COLORS } from './theme.ts';

const ICON = 'path://M0,4L14,4L14,6L0,6Z';

/**
 * A learning or validation curve: mean score of the training and of the held-out parts, with a band of one spread over the folds.
 *
 * Numbers stand at their place, on a logarithmic axis when they span more than a factor of 20; other values stand side by
 * side. Default score: the first metric, or the loss when there is none.
 *
 * @example
 * const svg = renderSvg(scoreCurveChart(await learningCurve(build, samples)), { width: 960, height: 480 });
 */
export function scoreCurveChart(curve: ScoreCurve, options: { readonly score?: string } = {}): ChartOption {
  const { points, parameter } = curve;
  const names = Object.keys(points[0]?.validation ?? {});
  const score = options.score ?? names.find((name) => name !== 'loss') ?? 'loss';
  const numbers = points.map(({ at }) => at).filter((at) => typeof at === 'number');
  const isNumeric = numbers.length === points.length;
  const isLog = isNumeric && Math.min(...numbers) > 0 && Math.max(...numbers) > 20 * Math.min(...numbers);
  const x = points.map(({ at }, i) => (isNumeric ? (isLog ? Math.log10(Number(at)) : Number(at)) : i));
  const parts = [
    { name: 'training part', color: COLORS.pruned, at: (i: number) => points[i]!.train[score] },
    { name: 'held-out part', color: COLORS.complete, at: (i: number) => points[i]!.validation[score] },
  ];
  const drawn = parts.map((part) => {
    const cells = points.map(
      (_, i): Pick<ScoreOverFolds, 'mean' | 'spread'> => part.at(i) ?? { mean: Number.NaN, spread: 0 },
    );
    return {
      ...part,
      mean: cells.map(({ mean }) => mean),
      low: cells.map(({ mean, spread }) => mean - spread),
      high: cells.map(({ mean, spread }) => mean + spread),
    };
  });
  const direction = /loss|error/i.test(score) ? 'minimize' : 'maximize';
  const ends = drawn.flatMap(({ low, high }) => [...low, ...high]).filter(Number.isFinite);
  // Every point counts here: the range of the ends leaves none out.
  const range = axisRange([Math.min(...ends), Math.max(...ends)], direction);
  const held = drawn[1]!.mean;
  const best = held.reduce(
    (at, value, i) => ((direction === 'minimize' ? value < held[at]! : value > held[at]!) ? i : at),
    0,
  );
  const folds = points[0]?.validation[score]?.values.length ?? 0;
  const frame = frameOption({
    title:
      parameter === 'samples'
        ? `learning curve: ${score} by training samples`
        : `validation curve: ${score} by ${parameter}`,
    subtitle: `mean and spread over ${folds} folds; best on the held-out parts at ${points[best]?.at}`,
    legend: parts.map(({ name }) => ({ name, icon: ICON })),
    x: {
      name: parameter,
      min: isLog ? Math.floor(Math.min(...x) + 1e-9) : Math.min(0, ...x),
      max: isLog ? Math.ceil(Math.max(...x) - 1e-9) : Math.max(...x) > 0 ? Math.max(...x) : 1,
    },
    y: { ...range, name: score },
  });
  const axis = frame.xAxis as Extract<NonNullable<ChartOption['xAxis']>, { readonly type?: 'value' }>;
  const { min: _min, max: _max, interval: _interval, ...rest } = axis as { readonly [name: string]: unknown };
  const axisLabel = (rest.axisLabel ?? {}) as object;
  const places = (
    isNumeric
      ? { ...axis, ...(isLog ? { axisLabel: { ...axisLabel, formatter: '1e{value}' } } : {}) }
      : { ...rest, type: 'category', data: points.map(({ at }) => String(at)), boundaryGap: true }
  ) as NonNullable<ChartOption['xAxis']>;
  return {
    ...frame,
    xAxis: places,
    series: drawn.flatMap(({ name, color, mean, low, high }) => [
      ...band(name, x, low, high, color),
      {
        type: 'line',
        name,
        symbol: 'circle',
        symbolSize: 7,
        silent: true,
        data: x.map((at, i) => [at, mean[i]!]),
        lineStyle: { color, width: 2.5 },
        itemStyle: { color },
        z: 3,
      } satisfies LineSeriesOption,
    ]),
  };
}
