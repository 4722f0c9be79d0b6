import { didYouMean, LuthierError } from '@luthier/core';
import type { History, TrialRecord } from '@luthier/search';
import { type Command, defineCommand } from '../command.ts';
import { commonOptions, storeOption, studyOption } from '../common-options.ts';
import { palette } from '../display/colors.ts';
import { plural } from '../display/format.ts';
import { trialTable } from '../display/report.ts';
import { EXIT } from '../exit-codes.ts';
import { printJson, printLines, renderOptions } from '../output.ts';
import { readStudy } from '../read-study.ts';
import { bestTrial, compareValues, scoreOf, secondsOf } from '../trial-facts.ts';

const STATES = ['asked', 'running', 'complete', 'pruned', 'failed', 'interrupted'] as const;

type Order = (a: TrialRecord, b: TrialRecord) => number;

function orderBy(history: History, name: string, now: number): Order {
  const objective = history.objectives[0]!;
  const numbers: Readonly<Record<string, (trial: TrialRecord) => number>> = {
    number: (trial) => trial.number,
    time: (trial) => secondsOf(trial, now) ?? 0,
    epochs: (trial) => trial.reports.steps.at(-1) ?? 0,
  };
  const key = numbers[name];
  if (key !== undefined) return (a, b) => key(a) - key(b);
  if (name === 'value' || name === objective.metric) {
    return (a, b) => compareValues(scoreOf(a, objective), scoreOf(b, objective), objective.direction);
  }
  const names = history.space.parameters.map((parameter) => parameter.name);
  if (!names.includes(name)) {
    const known = [...Object.keys(numbers), 'value', ...names];
    throw new LuthierError('LU_CLI_VALUE', `--sort knows no '${name}'${didYouMean(name, known)}`, {
      fix: `Use one of ${known.join(', ')}.`,
    });
  }
  return (a, b) => {
    const [x, y] = [a.params[name], b.params[name]];
    if (typeof x === 'number' && typeof y === 'number') return x - y;
    return String(x ?? '').localeCompare(String(y ?? ''), 'en');
  };
}

export const trialsCommand: Command = defineCommand({
  name: 'trials',
  summary: 'List the trials of a study',
  arguments: [],
  examples: [
    { command: 'luthier trials', text: 'all, in the order they were asked' },
    { command: 'luthier trials --top 10', text: 'the ten best' },
    { command: 'luthier trials --state failed', text: 'those that failed' },
  ],
  options: {
    sort: {
      kind: 'text',
      placeholder: 'column',
      text: 'number, value, time, epochs or a hyperparameter (default: number; with --top: value)',
    },
    reverse: { kind: 'flag', short: 'r', text: 'last first' },
    top: { kind: 'integer', min: 1, placeholder: 'n', text: 'only the best n, or the first n by --sort' },
    state: { kind: 'text', placeholder: 'state', text: `only ${STATES.join(', ')}` },
    all: { kind: 'flag', short: 'a', text: 'repeats of finalists too' },
    ...studyOption,
    ...storeOption,
    ...commonOptions,
  },
  run: async ({ options }, context) => {
    const { state } = options;
    if (state !== undefined && !STATES.some((known) => known === state)) {
      throw new LuthierError('LU_CLI_VALUE', `--state knows no '${state}'${didYouMean(state, STATES)}`, {
        fix: `Use one of ${STATES.join(', ')}.`,
      });
    }
    const { study, history } = await readStudy(options, context);
    const objective = history.objectives[0]!;
    const order = orderBy(
      history,
      options.sort ?? (options.top === undefined ? 'number' : 'value'),
      context.clock.now(),
    );
    const chosen = history.trials
      .filter((trial) => options.all || trial.purpose === 'search')
      .filter((trial) => state === undefined || trial.state === state)
      .toSorted(order);
    if (options.reverse) chosen.reverse();
    const shown = chosen.slice(0, options.top);
    if (options.json) {
      printJson(context, { study, objective, trials: shown });
      return EXIT.done;
    }
    const style = renderOptions(context, options.noColor);
    const best = bestTrial(history)?.trial.number;
    printLines(context, [
      ...trialTable(shown, objective, {
        ...style,
        now: context.clock.now(),
        state: true,
        ...(best === undefined ? {} : { marked: best }),
      }),
      palette(style.color).dim(
        shown.length === chosen.length
          ? plural(shown.length, 'trial')
          : `${shown.length} of ${plural(chosen.length, 'trial')}`,
      ),
    ]);
    return EXIT.done;
  },
});
