import { encodeJson } from '@luthier/core';
import { samplerNames, schedulerNames } from '@luthier/search';
import type { TuneEnd } from '../../tune/contract.ts';
import { useColor } from '../color.ts';
import { type Command, defineCommand } from '../command.ts';
import { commonOptions, seedOption, storeOption } from '../common-options.ts';
import type { CliContext } from '../context.ts';
import { formatMetric } from '../display/format.ts';
import { renderReport } from '../display/report.ts';
import { createReporter } from '../display/reporter.ts';
import { renderError } from '../errors.ts';
import { EXIT, exitCodeOf } from '../exit-codes.ts';
import { printJson, printLines, renderOptions } from '../output.ts';
import { storeOf } from '../read-study.ts';
import { stopSignals } from '../stop-signals.ts';
import { isBetter } from '../trial-facts.ts';

function targetMissed(end: TuneEnd, target: number | undefined): string | undefined {
  if (target === undefined || end.kind !== 'report') return undefined;
  const { objective, model } = end.report;
  if (model.score === target || isBetter(model.score, target, objective.direction)) return undefined;
  return `target not reached: ${objective.metric} ${formatMetric(model.score)} against ${target}`;
}

function show(
  end: TuneEnd,
  context: CliContext,
  options: { json: boolean; jsonl: boolean; noColor: boolean },
): void {
  if (options.json) printJson(context, end.kind === 'report' ? end.report : end);
  if (options.jsonl) context.stdout.write(`${encodeJson({ type: 'end', ...end })}\n`);
  const isText = !options.json && !options.jsonl;
  if (end.kind === 'report') {
    if (isText) printLines(context, renderReport(end.report, renderOptions(context, options.noColor)));
  } else if (end.kind === 'declined') {
    context.stderr.write(
      `not begun: ${end.cost.text}. Begin with --yes, limit it with --trials or --minutes, or use another --sampler\n`,
    );
  } else if (end.kind === 'interrupted') {
    context.stderr.write(`stopped; nothing is lost. Go on with:\n  ${end.resumeCommand}\n`);
  } else {
    context.stderr.write(`no trial completed: ${end.message}\n`);
  }
}

export const tuneCommand: Command = defineCommand({
  name: 'tune',
  summary: 'Search the hyperparameters of a tuning file',
  arguments: [{ name: 'file', text: 'the tuning file, such as tune.ts', required: true }],
  examples: [
    { command: 'luthier tune tune.ts', text: 'search as the file says' },
    { command: 'luthier tune tune.ts --resume --trials 60', text: 'go on, up to 60 trials in all' },
    {
      command: 'luthier tune tune.ts --sampler random --study random',
      text: 'another search beside the first',
    },
    {
      command: 'luthier tune tune.ts --sampler oneAtATime',
      text: 'vary one hyperparameter at a time, from the baseline',
    },
    { command: 'luthier tune tune.ts --folds 5', text: 'judge every trial by 5-fold cross-validation' },
    { command: 'luthier tune tune.ts --json > result.json', text: 'the report as one JSON document' },
  ],
  options: {
    trials: { kind: 'integer', min: 1, placeholder: 'n', text: 'trials in all' },
    minutes: { kind: 'number', min: 0.01, placeholder: 'n', text: 'minutes of searching in all' },
    maxEpochs: { kind: 'integer', min: 1, placeholder: 'n', text: 'epochs of all trials together' },
    target: { kind: 'number', placeholder: 'value', text: 'end the search when the objective is this good' },
    sampler: {
      kind: 'text',
      placeholder: 'name',
      text: `how to choose trials: ${samplerNames().join(', ')}`,
    },
    scheduler: {
      kind: 'text',
      placeholder: 'name',
      text: `how to stop hopeless trials: ${schedulerNames().join(', ')}`,
    },
    workers: {
      kind: 'integer',
      min: 1,
      placeholder: 'n',
      text: 'trials at the same time (default: one a core)',
    },
    ahead: {
      kind: 'integer',
      min: 0,
      placeholder: 'n',
      text: 'trials kept ready, so that a free worker never waits for the sampler (default: 0)',
    },
    resume: { kind: 'flag', text: 'go on with the study; a finished one shows its report again' },
    changeSpace: { kind: 'flag', text: 'with --resume: go on in the changed space of the file' },
    warmStart: { kind: 'text', placeholder: 'study', text: 'learn from a past study of the same store' },
    finalists: {
      kind: 'integer',
      min: 0,
      placeholder: 'n',
      text: 'configurations trained again at the end (default: 2)',
    },
    finalistSeeds: { kind: 'integer', min: 1, placeholder: 'n', text: 'seeds for each of them (default: 3)' },
    folds: {
      kind: 'integer',
      min: 2,
      placeholder: 'k',
      text: 'score trials by k-fold cross-validation (default: as in the file)',
    },
    repeats: {
      kind: 'integer',
      min: 1,
      placeholder: 'n',
      text: 'seeds on which every configuration is trained (default: 1)',
    },
    retrain: {
      kind: 'flag',
      text: 'train the winner again on training and validation data (default with folds or repeats)',
    },
    trialTimeout: {
      kind: 'number',
      min: 0.1,
      placeholder: 'seconds',
      text: 'end a single trial after this time',
    },
    failBelow: {
      kind: 'number',
      placeholder: 'value',
      text: 'exit code 4 when the best model is worse than this',
    },
    yes: { kind: 'flag', short: 'y', text: 'begin without asking, however long it will take' },
    confirmAbove: {
      kind: 'number',
      min: 0,
      placeholder: 'minutes',
      text: 'ask before a grid or a large study that takes longer (default: 30)',
    },
    ...seedOption,
    ...storeOption,
    study: { kind: 'text', placeholder: 'name', text: 'name of the study (default: the name in the file)' },
    jsonl: { kind: 'flag', text: 'print every event as a line of JSON on stdout' },
    ...commonOptions,
  },
  run: async ({ positionals, options }, context) => {
    const reporter = createReporter(context, {
      jsonl: options.jsonl,
      quiet: options.quiet,
      color: useColor(context.stderr, context.env, options.noColor),
    });
    const stop = stopSignals(context, () => reporter.onStopping?.());
    let isRunning = false;
    try {
      const engine = await context.loadEngine();
      const end = await engine.tune(
        {
          file: positionals[0]!,
          cwd: context.cwd,
          store: storeOf(options.store, context),
          ...(options.study === undefined ? {} : { study: options.study }),
          ...(options.trials === undefined ? {} : { trials: options.trials }),
          ...(options.minutes === undefined ? {} : { minutes: options.minutes }),
          ...(options.maxEpochs === undefined ? {} : { epochs: options.maxEpochs }),
          ...(options.target === undefined ? {} : { target: options.target }),
          ...(options.warmStart === undefined ? {} : { warmStart: options.warmStart }),
          changeSpace: options.changeSpace,
          ...(options.sampler === undefined ? {} : { sampler: options.sampler }),
          ...(options.scheduler === undefined ? {} : { scheduler: options.scheduler }),
          ...(options.workers === undefined ? {} : { workers: options.workers }),
          ...(options.ahead === undefined ? {} : { ahead: options.ahead }),
          ...(options.seed === undefined ? {} : { seed: options.seed }),
          ...(options.finalists === undefined ? {} : { finalists: options.finalists }),
          ...(options.finalistSeeds === undefined ? {} : { finalistSeeds: options.finalistSeeds }),
          ...(options.folds === undefined ? {} : { folds: options.folds }),
          ...(options.repeats === undefined ? {} : { repeats: options.repeats }),
          ...(options.retrain ? { retrain: true } : {}),
          ...(options.trialTimeout === undefined ? {} : { trialTimeoutSeconds: options.trialTimeout }),
          ...(options.yes ? { yes: true } : {}),
          ...(options.confirmAbove === undefined ? {} : { confirmAboveMinutes: options.confirmAbove }),
          resume: options.resume,
          drain: stop.drain,
          kill: stop.kill,
        },
        {
          ...reporter,
          // Without a terminal nobody can agree.
          confirm: async (cost) =>
            context.stderr.isTTY &&
            (await context.confirm(`The search will take long (${cost.text}). Begin?`)),
          onStart: (start, history) => {
            isRunning = true;
            reporter.onStart?.(start, history);
          },
        },
      );
      reporter.close();
      show(end, context, options);
      if (end.kind === 'interrupted') return stop.exitCode() ?? EXIT.interrupted;
      if (end.kind === 'declined') return EXIT.usage;
      if (end.kind === 'nothingCompleted') return EXIT.nothingCompleted;
      const missed = targetMissed(end, options.failBelow);
      if (missed === undefined) return EXIT.done;
      context.stderr.write(`${missed}\n`);
      return EXIT.targetMissed;
    } catch (error) {
      reporter.close();
      context.stderr.write(renderError(error, options.debug));
      return exitCodeOf(error, isRunning ? 'running' : 'start');
    } finally {
      stop.close();
      reporter.close();
    }
  },
});
