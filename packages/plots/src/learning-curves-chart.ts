import type { History, Objective, TrialRecord } from '@luthier/search';
import type { LineSeriesOption } from 'echarts/charts';
import { axisRange } from './axis-range.ts';
import type { ChartOption } from './chart-option.ts';
import { frameOption } from './frame.ts';
import { COLORS, CROSS } from './theme.ts';
import { bestOf, firstObjective, scoreOf, searched, shortNumber } from './trial-scores.ts';

type Group = 'best' | 'complete' | 'pruned' | 'failed' | 'running';

interface GroupStyle {
  readonly color: string;
  readonly width: number;
  readonly opacity: number;
  readonly z: number;
  /** Marker at the end of the curve. */
  readonly end?: { readonly symbol: string; readonly filled: boolean; readonly size: number };
}

const STYLES: Readonly<Record<Group, GroupStyle>> = {
  running: { color: COLORS.complete, width: 1.5, opacity: 0.35, z: 2 },
  complete: { color: COLORS.complete, width: 1.5, opacity: 0.55, z: 3 },
  pruned: {
    color: COLORS.pruned,
    width: 1.25,
    opacity: 0.9,
    z: 2,
    end: { symbol: 'circle', filled: false, size: 7 },
  },
  failed: {
    color: COLORS.failed,
    width: 1.25,
    opacity: 0.9,
    z: 4,
    end: { symbol: CROSS, filled: false, size: 8 },
  },
  best: { color: COLORS.best, width: 3, opacity: 1, z: 6, end: { symbol: 'circle', filled: true, size: 9 } },
};

function groupOf(trial: TrialRecord, best: TrialRecord | undefined): Group | undefined {
  if (trial.number === best?.number) return 'best';
  if (trial.state === 'asked') return undefined;
  return trial.state === 'interrupted' ? 'running' : trial.state;
}

/** Points of a curve; values that are not finite break it. */
function pointsOf(trial: TrialRecord, objective: Objective): readonly (readonly [number, number | null])[] {
  const values = trial.reports.metrics[objective.metric] ?? [];
  return trial.reports.steps.map((step, i) => {
    const value = values[i];
    return [step, value !== undefined && Number.isFinite(value) ? value : null] as const;
  });
}

function curveSeries(trial: TrialRecord, group: Group, objective: Objective): LineSeriesOption {
  const { color, width, opacity, z, end } = STYLES[group];
  const points = pointsOf(trial, objective);
  const last = points.findLastIndex(([, value]) => value !== null);
  return {
    type: 'line',
    name: group,
    silent: true,
    z,
    symbol: 'none',
    lineStyle: { color, width, opacity },
    itemStyle:
      end?.filled === false ? { color: COLORS.background, borderColor: color, borderWidth: 1.75 } : { color },
    data: points.map(([x, y], i) =>
      end !== undefined && i === last
        ? {
            value: [x, y],
            symbol: end.symbol,
            symbolSize: end.size,
            itemStyle: end.filled
              ? { color, borderColor: COLORS.background, borderWidth: 1.5 }
              : { color: COLORS.background, borderColor: color, borderWidth: 1.75 },
          }
        : { value: [x, y], symbol: 'none' },
    ),
  };
}

/**
 * The learning curve of every trial in the metric of the objective: the best one bold, pruned ones cut with an open
 * marker, failed ones with a cross. The axis is robust: a diverged trial leaves the picture instead of squashing it.
 *
 * @example
 * const svg = renderSvg(learningCurvesChart(history), { width: 960, height: 480 });
 */
export function learningCurvesChart(
  history: History,
  options: { readonly study?: string } = {},
): ChartOption {
  const objective = firstObjective(history);
  const { metric, direction } = objective;
  const best = bestOf(history);
  const drawn = searched(history).flatMap((trial) => {
    const group = groupOf(trial, best);
    return group === undefined || trial.reports.steps.length === 0 ? [] : [{ trial, group }];
  });
  const values = drawn
    .filter(({ group }) => group !== 'failed')
    .flatMap(({ trial }) => trial.reports.metrics[metric] ?? []);
  const steps = drawn.flatMap(({ trial }) => trial.reports.steps);
  const name = options.study === undefined ? '' : `${options.study}: `;
  const order: readonly Group[] = ['best', 'complete', 'running', 'pruned', 'failed'];
  const icons: Readonly<Record<Group, string>> = {
    best: 'path://M0,3L14,3L14,7L0,7Z',
    complete: 'path://M0,4L14,4L14,6L0,6Z',
    running: 'path://M0,4L14,4L14,6L0,6Z',
    pruned: 'circle',
    failed: CROSS,
  };
  return {
    ...frameOption({
      title: `${name}learning curves of ${drawn.length} ${drawn.length === 1 ? 'trial' : 'trials'}`,
      subtitle:
        best === undefined
          ? `${metric} by epoch`
          : `${metric} by epoch; the best is trial ${best.number} with ${shortNumber(scoreOf(best, objective))}`,
      legend: order
        .filter((group) => drawn.some((curve) => curve.group === group))
        .map((group) => ({ name: group, icon: icons[group] })),
      x: { name: 'epoch', min: steps.length === 0 ? 0 : Math.min(...steps), max: Math.max(1, ...steps) },
      y: {
        ...axisRange(values, direction),
        name: `${metric} (${direction === 'maximize' ? 'higher' : 'lower'} is better)`,
      },
    }),
    series: drawn.map(({ trial, group }) => curveSeries(trial, group, objective)),
  };
}
