import { choice, float, type History, int, space, type TrialRecord } from '@luthier/search';
import { describe, expect, it } from 'vitest';
import { study, trial } from './fixtures/small-study.ts';
import { renderSvg } from './render-svg.ts';
import { sensitivityChart, sensitivityHeight } from './sensitivity-chart.ts';

const searched = space({
  idle: float(0, 1),
  units: int(1, 3),
  rate: float(1e-4, 1, { log: true }),
  momentum: float(0, 0.99, { scale: 'reverseLog' }),
  optimizer: choice(['sgd', 'adam']),
});
/** Forty trials on a lattice without chance; the loss is |log10 rate + 2| and 0.1 more without adam. */
const trials = Array.from({ length: 40 }, (_, i): TrialRecord => {
  const rate = 10 ** (-4 + ((i * 7) % 40) / 10);
  const optimizer = i % 2 === 0 ? 'sgd' : 'adam';
  const loss = Math.abs(Math.log10(rate) + 2) + (optimizer === 'adam' ? 0 : 0.1);
  const params = {
    idle: ((i * 11) % 40) / 40,
    units: 1 + (i % 3),
    rate,
    momentum: ((i * 13) % 40) / 41,
    optimizer,
  };
  return trial(i, [loss], { params });
});
const history: History = { ...study(trials), space: searched };

interface Panel {
  readonly name: string;
  readonly type: string;
  readonly min?: number;
}
const panels = (of: History) => sensitivityChart(of).xAxis as unknown as readonly Panel[];
const line = (of: History, name: string) =>
  (
    sensitivityChart(of).series as readonly {
      readonly name: string;
      readonly data: readonly (readonly [number, number])[];
    }[]
  ).find((one) => one.name.startsWith(name) && one.name.endsWith('median'))!.data;

describe('sensitivityChart', () => {
  it('[#69] has a panel a parameter on its own scale, the one that decides first', () => {
    const [first, ...others] = panels(history);
    expect(first!.name).toMatch(/^rate \d\d %$/);
    expect(first).toMatchObject({ type: 'log', min: 1e-4, max: 1 });
    const byName = new Map(others.map((panel) => [panel.name.split(' ')[0], panel]));
    expect([...byName.keys()].sort()).toEqual(['idle', 'momentum', 'optimizer', 'units']);
    expect(byName.get('optimizer')).toMatchObject({ type: 'category', data: ['sgd', 'adam'] });
    expect(byName.get('momentum')!.name).toContain('(float 0 to 0.99 reverseLog)');
    expect(sensitivityChart(history).title).toMatchObject({
      text: 'valLoss (lower is better) by hyperparameter',
    });
  });

  it('[#69] draws medians that fall to the optimum and rise behind it', () => {
    const rates = line(history, 'rate');
    expect(rates).toHaveLength(8);
    const lowest = rates.reduce((a, b) => (b[1] < a[1] ? b : a));
    expect(Math.abs(Math.log10(lowest[0]) + 2)).toBeLessThan(0.5);
    const at = rates.indexOf(lowest);
    for (let i = 1; i <= at; i++) expect(rates[i]![1]).toBeLessThan(rates[i - 1]![1]);
    for (let i = at + 1; i < 8; i++) expect(rates[i]![1]).toBeGreaterThan(rates[i - 1]![1]);
    // Of a few values each has its own.
    expect(line(history, 'units').map(([x]) => x)).toEqual([1, 2, 3]);
    expect(line(history, 'optimizer').map(([x]) => x)).toEqual([0, 1]);
  });

  it('tells no shares of few trials, and leaves out trials without the parameter', () => {
    const few: History = { ...history, trials: trials.slice(0, 10) };
    expect(panels(few).map(({ name }) => name)).toEqual(
      expect.arrayContaining(['idle', 'units', 'rate', 'optimizer']),
    );
    const partly = trials.map((one, i) => {
      const { idle: _idle, ...params } = one.params;
      return i < 20 ? { ...one, params } : one;
    });
    const dots = (
      sensitivityChart({ ...history, trials: partly }).series as readonly {
        readonly name: string;
        readonly data: readonly unknown[];
      }[]
    ).find((one) => one.name.startsWith('idle') && one.name.endsWith('trials'))!;
    expect(dots.data).toHaveLength(20);
  });

  it('is drawn, rows of three, and of a study without trials too', () => {
    expect(sensitivityHeight(history)).toBe(104 + 2 * 232);
    const svg = renderSvg(sensitivityChart(history, { study: 'toy' }), {
      width: 960,
      height: sensitivityHeight(history),
    });
    expect(svg).toContain('toy: valLoss');
    const empty: History = { ...history, trials: [] };
    expect(renderSvg(sensitivityChart(empty), { width: 960, height: sensitivityHeight(empty) })).toContain(
      '0 complete',
    );
  });
});
