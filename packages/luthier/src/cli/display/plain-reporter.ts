import type { History } from '@luthier/search';
import type { TunePhase, TuneStart } from '../../tune/contract.ts';
import type { CliContext } from '../context.ts';
import { formatCount } from './format.ts';
import { statusLine, trialLine } from './plain-lines.ts';
import type { Reporter } from './reporter.ts';
import { type Session, studyView } from './study-view.ts';

/** Milliseconds between two status lines. */
export const STATUS_INTERVAL_MS = 30_000;

/** Words about a study that begins. */
export function startLines(start: TuneStart): readonly string[] {
  const { spaceSize, spaceComplete, trialsBefore } = start;
  const atLeast = spaceComplete || !Number.isFinite(spaceSize) ? '' : 'at least ';
  return [
    `${start.study} · ${start.samplerName} · ${start.schedulerName} · seed ${start.seed} · ${start.workers} workers`,
    `space: ${atLeast}${formatCount(spaceSize)} configurations${start.samplerWhy === '' ? '' : ` · sampler: ${start.samplerWhy}`}`,
    `if it is stopped in any way: ${start.resumeCommand}`,
    ...(trialsBefore > 0 ? [`going on after ${trialsBefore} trials in ${start.store}`] : []),
  ];
}

const PHASES: Readonly<Partial<Record<TunePhase, string>>> = {
  repeating: 'training the best configurations again on other seeds',
  retraining: 'training the winner again on training and validation data',
  testing: 'opening the test set, once',
};

/** One line for each finished trial on stderr, and a status line every 30 seconds. */
export function createPlainReporter(context: CliContext): Reporter {
  const print = (text: string): void => context.stderr.write(`${text}\n`);
  const shown = new Set<string>();
  let history: History | undefined;
  let session: Session | undefined;
  let cancel = (): void => {};
  const ended = (current: History): void => {
    for (const trial of current.trials) {
      if (trial.finishedSequence === undefined || trial.state === 'asked' || trial.state === 'running')
        continue;
      const key = `${trial.number}/${trial.finishedSequence}`;
      if (shown.has(key)) continue;
      shown.add(key);
      if (session !== undefined) print(trialLine(current, trial, context.clock.now()));
    }
  };
  return {
    onStart: (start, before) => {
      ended(before);
      history = before;
      session = { start, phase: 'searching', isStopping: false, startedAt: context.clock.now() };
      for (const line of startLines(start)) print(line);
      cancel = context.clock.every(STATUS_INTERVAL_MS, () => {
        if (history !== undefined && session !== undefined) {
          print(statusLine(studyView(history, session, context.clock.now())));
        }
      });
    },
    onHistory: (current) => {
      history = current;
      ended(current);
    },
    onPhase: (phase) => {
      if (session !== undefined) session = { ...session, phase };
      const words = PHASES[phase];
      if (words !== undefined) print(words);
    },
    onOutput: (trial, line) => print(`#${trial} ${line}`),
    onNotice: print,
    onStopping: () => print('stopping: running trials are being saved; a second signal kills them'),
    onEnd: () => cancel(),
    close: () => cancel(),
  };
}
