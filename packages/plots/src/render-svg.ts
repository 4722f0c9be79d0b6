import { BarChart, LineChart, ScatterChart } from 'echarts/charts';
import { GridComponent, LegendComponent, TitleComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import type { ChartOption } from './chart-option.ts';

use([BarChart, LineChart, ScatterChart, GridComponent, LegendComponent, TitleComponent, SVGRenderer]);

/**
 * Draws a chart as SVG text, without a browser. The same chart and size give the same bytes.
 *
 * @example
 * writeFileSync('history.svg', renderSvg(historyChart(history), { width: 960, height: 480 }));
 */
export function renderSvg(
  option: ChartOption,
  size: { readonly width: number; readonly height: number },
): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: size.width, height: size.height });
  try {
    chart.setOption({ ...option, animation: false });
    // Names of classes and clip paths count up through the life of the process.
    const names = new Map<string, string>();
    return chart.renderToSVGString().replace(/zr\d+-[a-z]+-?\d+/g, (name) => {
      const stable = names.get(name) ?? `z${names.size}`;
      names.set(name, stable);
      return stable;
    });
  } finally {
    chart.dispose();
  }
}
