import type { History, Objective, TrialRecord } from '@luthier/search';
import type { ScatterSeriesOption } from 'echarts/charts';
import { type AxisRange, axisRange } from './axis-range.ts';
import type { ChartOption } from './chart-option.ts';
import { frameOption } from './frame.ts';
import { COLORS, CROSS, FONT } from './theme.ts';
import {
  bestOf,
  countsText,
  firstObjective,
  isBetter,
  scoreOf,
  searched,
  shortNumber,
} from './trial-scores.ts';

type Point = readonly [number, number];

function isInside(value: number, { min, max }: AxisRange): boolean {
  return value >= min && value <= max;
}

/** Best value of the complete trials up to each number. */
function bestSoFar(trials: readonly TrialRecord[], objective: Objective, last: number): readonly Point[] {
  const points: Point[] = [];
  let best = Number.NaN;
  for (const trial of trials) {
    const score = scoreOf(trial, objective);
    if (trial.state === 'complete' && isBetter(score, best, objective)) {
      best = score;
      points.push([trial.number, score]);
    }
  }
  return points.length === 0 ? [] : [...points, [last, best]];
}

function dots(
  name: string,
  data: readonly Point[],
  style: Pick<ScatterSeriesOption, 'itemStyle' | 'symbol' | 'symbolRotate' | 'symbolSize' | 'z'>,
): ScatterSeriesOption {
  return { type: 'scatter', name, data: data.map(([x, y]) => [x, y]), silent: true, clip: false, ...style };
}

/**
 * The search trial by trial: a dot for each by how it ended, and the best value so far.
 *
 * Complete trials are filled, pruned ones hollow at their last value, failed ones crossed. A value beyond the axis or
 * not finite sits on the edge as a triangle that points outward.
 *
 * @example
 * const svg = renderSvg(historyChart(history), { width: 960, height: 480 });
 */
export function historyChart(history: History, options: { readonly study?: string } = {}): ChartOption {
  const objective = firstObjective(history);
  const { metric, direction } = objective;
  const trials = searched(history);
  const ended = trials.filter(
    ({ state }) => state === 'complete' || state === 'pruned' || state === 'failed',
  );
  const range = axisRange(
    ended.filter(({ state }) => state !== 'failed').map((trial) => scoreOf(trial, objective)),
    direction,
  );
  const best = bestOf(history);
  const last = Math.max(1, ...trials.map(({ number }) => number));
  const points = (state: TrialRecord['state']): readonly Point[] =>
    ended
      .filter((trial) => trial.state === state)
      .map((trial): Point => [trial.number, scoreOf(trial, objective)])
      .filter(([, score]) => isInside(score, range));
  const beyond = ended
    .map((trial): Point => [trial.number, scoreOf(trial, objective)])
    .filter(([, score]) => !isInside(score, range));
  const isHigh = ([, score]: Point): boolean =>
    Number.isNaN(score) ? direction === 'minimize' : score > range.max;
  const high = beyond.filter(isHigh).map(([number]): Point => [number, range.max]);
  const low = beyond.filter((point) => !isHigh(point)).map(([number]): Point => [number, range.min]);
  const line = bestSoFar(trials, objective, last);

  const name = options.study === undefined ? '' : `${options.study}: `;
  const title =
    best === undefined
      ? `${name}no trial has completed yet`
      : `${name}best ${metric} ${shortNumber(scoreOf(best, objective))} in trial ${best.number}`;
  const edge = { color: COLORS.failed, opacity: 0.85 };
  const outside = 'diverged or off the scale';
  return {
    ...frameOption({
      title,
      subtitle: countsText(trials),
      legend: [
        { name: 'best so far', icon: 'path://M0,4L14,4L14,6L0,6Z' },
        { name: 'complete', icon: 'circle' },
        ...(trials.some(({ state }) => state === 'pruned') ? [{ name: 'pruned', icon: 'circle' }] : []),
        ...(points('failed').length > 0 ? [{ name: 'failed', icon: CROSS }] : []),
        ...(beyond.length > 0 ? [{ name: outside, icon: 'triangle' }] : []),
      ],
      x: { name: 'trial', min: 0, max: last },
      y: { ...range, name: `${metric} (${direction === 'maximize' ? 'higher' : 'lower'} is better)` },
    }),
    series: [
      {
        type: 'line',
        name: 'best so far',
        data: line.map(([x, y]) => [x, y]),
        step: 'end',
        symbol: 'none',
        silent: true,
        lineStyle: { color: COLORS.best, width: 2.5 },
        itemStyle: { color: COLORS.best },
        z: 2,
      },
      dots('complete', points('complete'), {
        symbol: 'circle',
        symbolSize: 9,
        itemStyle: { color: COLORS.complete, opacity: 0.9 },
        z: 4,
      }),
      dots('pruned', points('pruned'), {
        symbol: 'circle',
        symbolSize: 8,
        itemStyle: { color: COLORS.background, borderColor: COLORS.pruned, borderWidth: 1.75 },
        z: 3,
      }),
      dots('failed', points('failed'), {
        symbol: CROSS,
        symbolSize: 8,
        itemStyle: { color: 'transparent', borderColor: COLORS.failed, borderWidth: 2 },
        z: 5,
      }),
      dots(outside, low, { symbol: 'triangle', symbolSize: 9, symbolRotate: 180, itemStyle: edge, z: 5 }),
      dots(outside, high, { symbol: 'triangle', symbolSize: 9, itemStyle: edge, z: 5 }),
      {
        ...dots('winner', best === undefined ? [] : [[best.number, scoreOf(best, objective)]], {
          symbol: 'circle',
          symbolSize: 15,
          itemStyle: { color: 'transparent', borderColor: COLORS.best, borderWidth: 2 },
          z: 6,
        }),
        label: {
          show: true,
          position: direction === 'maximize' ? 'top' : 'bottom',
          distance: 6,
          formatter: best === undefined ? '' : shortNumber(scoreOf(best, objective)),
          color: COLORS.best,
          fontFamily: FONT,
          fontWeight: 600,
          fontSize: 12,
        },
      },
    ],
  };
}
