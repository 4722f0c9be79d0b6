import { type Palette, palette } from './colors.ts';
import { formatDuration, formatMetric, formatParams, plural } from './format.ts';
import { progressBar } from './progress-bar.ts';
import { sparkline } from './sparkline.ts';
import type { EventView, StudyView } from './study-view.ts';
import { displayWidth, pad, truncate } from './text.ts';

export interface WindowOptions {
  /** Columns; no line is wider. */
  readonly width: number;
  readonly color: boolean;
  /** Running trials shown at most; default 8. */
  readonly runningShown?: number;
}

const SPARK_WIDTH = 10;

function header(view: StudyView, c: Palette): string {
  const parts = [
    view.samplerName,
    view.schedulerName,
    `seed ${view.seed}`,
    plural(view.workers, 'worker'),
  ].filter((part) => part !== '');
  return ` ${c.strong(view.study)} ${c.dim(['', ...parts].join(' · ').trimStart())}`;
}

function repeatsText({ repeats }: StudyView): string {
  return repeats === undefined ? '' : `: ${repeats.done} of ${repeats.total}`;
}

function phaseText(view: StudyView): string {
  if (view.isStopping) return 'stopping: running trials are being saved; Ctrl-C again kills them';
  switch (view.phase) {
    case 'preparing':
      return 'preparing';
    case 'repeating':
      return `training the best configurations again on other seeds${repeatsText(view)}`;
    case 'retraining':
      return 'training the winner again on training and validation data';
    case 'testing':
      return 'opening the test set, once';
    default:
      return '';
  }
}

function countsText(view: StudyView, c: Palette): string {
  const { counts } = view;
  const tinted = (count: number, word: string, tint: (text: string) => string): string =>
    count === 0 ? c.dim(`${word} 0`) : tint(`${word} ${count}`);
  return [
    tinted(counts.complete, 'ok', c.good),
    tinted(counts.pruned, 'pruned', c.warn),
    tinted(counts.failed, 'failed', c.bad),
    tinted(counts.running, 'running', c.accent),
  ].join(c.dim(' · '));
}

function progressLine(view: StudyView, width: number, c: Palette): string {
  const done = view.total === undefined ? plural(view.finished, 'trial') : `${view.finished}/${view.total}`;
  const time = `${formatDuration(view.elapsedSeconds)}  ${c.dim('eta')} ${formatDuration(view.etaSeconds)}`;
  const right = `  ${c.strong(done)}   ${countsText(view, c)}   ${time}`;
  const columns = Math.min(32, width - displayWidth(right) - 2);
  if (columns < 6) {
    const line = right.slice(1);
    return displayWidth(line) <= width ? line : ` ${c.strong(done)}   ${time}`;
  }
  const bar = progressBar(view.progress, columns);
  return ` ${c.accent(bar.done)}${c.dim(bar.left)}${right}`;
}

function runningLines(view: StudyView, limit: number, c: Palette): readonly string[] {
  const shown = view.running.slice(0, limit);
  const cells = shown.map((trial) => [
    c.accent(`▸ #${trial.number}`),
    trial.step === 0
      ? 'starting'
      : `epoch ${trial.step}${trial.steps === undefined ? '' : `/${trial.steps}`}`,
    trial.value === undefined ? '' : `${c.dim(view.metric)} ${formatMetric(trial.value)}`,
    c.accent(sparkline(trial.curve, SPARK_WIDTH)),
    c.dim(`${trial.of === undefined ? '' : `again #${trial.of}  `}${formatParams(trial.params, view.names)}`),
  ]);
  const widths = [0, 1, 2, 3].map((i) => Math.max(0, ...cells.map((row) => displayWidth(row[i]!))));
  const lines = cells.map((row) => ` ${row.map((cell, i) => pad(cell, widths[i] ?? 0)).join('  ')}`);
  const hidden = view.running.length - shown.length;
  return hidden > 0 ? [...lines, c.dim(`   and ${hidden} more`)] : lines;
}

function ageText(age: number): string {
  return age === 0 ? 'just now' : `${plural(age, 'trial')} ago`;
}

function eventLine(event: EventView, c: Palette): string {
  const tint = event.kind === 'failed' ? c.bad : c.warn;
  return ` ${tint('!')} ${c.dim(`#${event.number} ${event.text}`)}`;
}

/** The live window as lines, none wider than `width`. */
export function renderWindow(view: StudyView, options: WindowOptions): readonly string[] {
  const c = palette(options.color);
  const lines = [header(view, c), progressLine(view, options.width, c)];
  const phase = phaseText(view);
  if (phase !== '') lines.push(` ${c.warn(phase)}`);
  lines.push(...runningLines(view, options.runningShown ?? 8, c));
  if (view.best !== undefined) {
    const { number, value, params, age } = view.best;
    lines.push(
      ` ${c.good(`★ #${number}`)}  ${c.dim('best')} ${view.metric} ${c.strong(formatMetric(value))}  ` +
        `${c.dim(ageText(age))}  ${formatParams(params, view.names)}`,
    );
  }
  lines.push(...view.events.map((event) => eventLine(event, c)));
  return lines.map((line) => truncate(line, options.width));
}
