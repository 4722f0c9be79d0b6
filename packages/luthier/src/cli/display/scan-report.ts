import type { LrScanReport } from '../../tune/contract.ts';
import { palette } from './colors.ts';
import { formatDuration, formatMetric, plural } from './format.ts';
import { endSections, pairLines, type RenderOptions } from './report.ts';
import { sparkline } from './sparkline.ts';
import { truncate, wrap } from './text.ts';

const RULES = {
  valley: 'middle of the longest fall',
  steep: 'steepest fall',
  minimum: 'a tenth of the rate with the smallest loss',
  slide: 'where the slope levels out, from the right',
} as const;

function rateText(rate: number): string {
  return String(Number(rate.toPrecision(2)));
}

/** The end of a learning-rate scan for people. */
export function renderScanReport(report: LrScanReport, options: RenderOptions): readonly string[] {
  const c = palette(options.color);
  const { scan } = report;
  const { suggestion, suggestions, divergence, losses, rates } = scan;
  const rules = Object.entries(RULES).flatMap(([name, text]) => {
    const rate = suggestions[name as keyof typeof RULES];
    return rate === undefined ? [] : [[name, rate, text] as const];
  });
  const lines = [
    '',
    ` ${c.strong(report.file)}  learning rate ${c.strong(suggestion === undefined ? 'not found' : rateText(suggestion))}  ` +
      c.dim(
        `${plural(scan.curves.length, 'run')}, batches of ${scan.batchSize}, in ${formatDuration(report.seconds)} · seed ${report.seed}`,
      ),
    ...wrap(scan.text, Math.max(20, Math.min(96, options.width - 3))).map((line) => `   ${line}`),
    '',
    ` ${c.strong('Loss')}  ${c.dim(`from ${rateText(rates[0]!)} to ${rateText(rates.at(-1)!)}, smallest ${formatMetric(Math.min(...losses))}`)}`,
    `   ${c.accent(sparkline(losses, 48))}`,
    '',
    ` ${c.strong('Rules')}`,
    ...pairLines(
      [
        ...rules.map(([name, rate, text]) => [`${name.padEnd(10)}${rateText(rate)}`, text] as const),
        ...(suggestion === undefined
          ? []
          : [[`${'consensus'.padEnd(10)}${rateText(suggestion)}`, 'the middle of them'] as const]),
        ...(divergence === undefined
          ? []
          : [[`${'runs away'.padEnd(10)}${rateText(divergence)}`, 'stay well below'] as const]),
      ],
      (text) => text,
      c.dim,
    ).map((line) => `   ${line}`),
  ];
  return [
    ...lines.map((line) => truncate(line, options.width)),
    ...endSections(report.files, report.next, options),
    '',
  ];
}
