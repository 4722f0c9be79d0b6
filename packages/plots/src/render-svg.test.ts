import { describe, expect, it } from 'vitest';
import { mixed, study } from './fixtures/small-study.ts';
import { historyChart } from './history-chart.ts';
import { learningCurvesChart } from './learning-curves-chart.ts';
import { renderSvg } from './render-svg.ts';

const size = { width: 640, height: 360 };

describe('renderSvg', () => {
  it('gives the same bytes for the same data', () => {
    const first = renderSvg(historyChart(mixed), size);
    renderSvg(learningCurvesChart(mixed), size);
    expect(renderSvg(historyChart(mixed), size)).toBe(first);
    const curves = renderSvg(learningCurvesChart(mixed), size);
    expect(renderSvg(learningCurvesChart(mixed), size)).toBe(curves);
  });

  it('draws title, axis names and one circle a complete trial', () => {
    const svg = renderSvg(historyChart(mixed), size);
    expect(svg).toMatch(/^<svg width="640" height="360"/);
    expect(svg).toContain('>best valLoss 0.4000 in trial 3<');
    expect(svg).toContain('>valLoss (lower is better)<');
    expect(svg).toContain('>trial<');
    const filled = svg.match(/<path [^>]*fill="#3a6fb0"[^>]*>/g) ?? [];
    // Three trials and the legend.
    expect(filled).toHaveLength(4);
  });

  it('writes no number that is not finite, and attributes that close', () => {
    for (const history of [mixed, study([])]) {
      for (const chart of [historyChart(history), learningCurvesChart(history)]) {
        const svg = renderSvg(chart, size);
        expect(svg).not.toMatch(/NaN|Infinity|undefined/);
        // Between two tags there is no quote: every attribute is closed.
        const tags = svg.replace(/<style[\s\S]*<\/style>/, '').match(/<[^>]*>/g) ?? [];
        for (const tag of tags) expect(tag.replace(/ [\w:-]+="[^"]*"/g, '')).not.toContain('"');
      }
    }
  });
});
