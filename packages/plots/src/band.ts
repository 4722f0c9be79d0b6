import type { LineSeriesOption } from 'echarts/charts';

/** The area between two curves over the same places, as two stacked series without lines of their own. */
export function band(
  name: string,
  x: readonly number[],
  low: readonly number[],
  high: readonly number[],
  color: string,
): readonly LineSeriesOption[] {
  const series = (
    part: string,
    values: readonly number[],
    areaStyle?: LineSeriesOption['areaStyle'],
  ): LineSeriesOption => ({
    type: 'line',
    name: `${name} ${part}`,
    stack: name,
    stackStrategy: 'all',
    symbol: 'none',
    silent: true,
    lineStyle: { width: 0, opacity: 0 },
    ...(areaStyle === undefined ? {} : { areaStyle }),
    data: values.map((value, i) => [x[i]!, value]),
    z: 1,
  });
  return [
    series('low', low),
    series(
      'height',
      high.map((value, i) => value - low[i]!),
      { color, opacity: 0.18, origin: 'start' },
    ),
  ];
}
