import { findCard, type HelpCard } from '@luthier/core';
import type { Optimizer } from '../optimizers/optimizer.ts';
import { innerPlan, nestedLayers } from './model-layer.ts';
import type { ModelPlan } from './plan.ts';

/** A weight: learned, not chosen. */
export interface ExplainedParameter {
  /** `layer.weight`. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly count: number;
  /** Whether the optimizer moves it; others are frozen, or moved by their layer. */
  readonly isTrainable: boolean;
}

/** A number or name that was chosen before training. */
export interface ExplainedHyperparameter {
  /** `layer.option`, or the option of the optimizer. */
  readonly name: string;
  readonly value: number | string | boolean;
  /** Whether it may move while training, without compiling anew. */
  readonly canMove: boolean;
  /** What it does, too low, too high; undefined where there is no card. */
  readonly card: HelpCard | undefined;
}

/** Which numbers of a model are learned, and which were chosen. */
export interface Explanation {
  readonly parameters: readonly ExplainedParameter[];
  readonly hyperparameters: readonly ExplainedHyperparameter[];
}

/** Options of layers that say where it stands rather than what it does. */
const PLACE = new Set(['kind', 'name', 'inputShape']);

/** The card of `dropout1.rate` is that of dropout, of `hidden.units` that of units, of `x.kernelRegularizer.l2` that of l2. */
function cardFor(kind: string, option: string): HelpCard | undefined {
  const last = option.split('.').at(-1)!;
  return findCard(last === 'rate' ? kind : last) ?? findCard(option) ?? findCard(kind);
}

/** Options of a layer that are plain values, nested ones by their path. */
function plainOptions(value: object, path = ''): [string, number | string | boolean][] {
  return Object.entries(value).flatMap(([name, one]): [string, number | string | boolean][] => {
    if (path === '' && PLACE.has(name)) return [];
    const full = path === '' ? name : `${path}.${name}`;
    if (['number', 'string', 'boolean'].includes(typeof one)) return [[full, one as number]];
    if (Array.isArray(one))
      return one.every((item) => typeof item === 'number') ? [[full, one.join(' x ')]] : [];
    return typeof one === 'object' && one !== null ? plainOptions(one, full) : [];
  });
}

/** Tells what of a model is learned from what was chosen. */
export function explainModel(plan: ModelPlan, optimizer: Optimizer | undefined): Explanation {
  const parameters = plan.weights.map(({ path, shape, size, isTrainable }) => ({
    name: path,
    shape,
    count: size,
    isTrainable,
  }));
  const ofLayers = nestedLayers(plan).flatMap(({ placed: { layer, kind }, name }) => {
    // What is inside has lines of its own.
    if (innerPlan(layer) !== undefined) return [];
    const knobs = new Set(Object.keys(kind.knobs?.(layer) ?? {}));
    return plainOptions(layer).map(([option, value]) => ({
      name: `${name}.${option}`,
      value,
      canMove: knobs.has(option) || /(Regularizer|Constraint)\./.test(option),
      card: cardFor(layer.kind, option),
    }));
  });
  const ofOptimizer =
    optimizer === undefined
      ? []
      : [
          { name: 'optimizer', value: optimizer.kind, canMove: false, card: findCard('optimizer') },
          ...Object.entries(optimizer.knobs).map(([name, value]) => ({
            name,
            value,
            canMove: optimizer.scheduled === undefined || name !== 'learningRate',
            card: findCard(name),
          })),
        ];
  return { parameters, hyperparameters: [...ofLayers, ...ofOptimizer] };
}

function inColumns(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd(),
  );
}

/** An explanation as two tables of text. */
export function explanationText({ parameters, hyperparameters }: Explanation): string {
  const learned = parameters.map(({ name, shape, count, isTrainable }) => [
    name,
    `[${shape.join(', ')}]`,
    count.toLocaleString('en-US'),
    isTrainable ? 'by the optimizer' : 'not by the optimizer',
  ]);
  const chosen = hyperparameters.map(({ name, value, card }) => [name, String(value), card?.what ?? '']);
  return [
    'Parameters: learned from data while training',
    ...inColumns([['Parameter', 'Shape', 'Numbers', 'Moved'], ...learned]),
    '',
    'Hyperparameters: chosen before training',
    ...inColumns([['Hyperparameter', 'Value', 'What it does'], ...chosen]),
  ].join('\n');
}
