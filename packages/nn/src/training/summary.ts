import { requireName } from '../layers/options.ts';
import type { Optimizer } from '../optimizers/optimizer.ts';
import { sgd } from '../optimizers/sgd.ts';
import { formatBytes, modelMemory } from './memory.ts';
import { innerPlan, nestedLayers } from './model-layer.ts';
import type { ModelPlan } from './plan.ts';

const THOUSANDS = new Intl.NumberFormat('en-US');

/** Which parameters to count: those that the optimizer moves are trainable. */
export type ParameterKind = 'all' | 'trainable' | 'nonTrainable';

/** Number of parameters. */
export function parameterCount(plan: ModelPlan, which: ParameterKind = 'all'): number {
  const kinds = {
    all: () => true,
    trainable: (isTrainable: boolean) => isTrainable,
    nonTrainable: (isTrainable: boolean) => !isTrainable,
  };
  const isWanted = requireName('LU_MODEL_OPTION', 'countParams', 'kind of parameters', which, kinds);
  return plan.weights.reduce((count, { size, isTrainable }) => count + (isWanted(isTrainable) ? size : 0), 0);
}

function totals(plan: ModelPlan): readonly string[] {
  const line = (name: string, which: ParameterKind): string =>
    `${name} parameters: ${THOUSANDS.format(parameterCount(plan, which))}`;
  const all = line('Total', 'all');
  if (plan.trainable.length === plan.weights.length) return [all];
  return [all, line('Trainable', 'trainable'), line('Non-trainable', 'nonTrainable')];
}

/** Whether everything follows what stands above it. */
function isRow({ calls, layers }: ModelPlan): boolean {
  const follows = calls.every(
    ({ inputs }, i) => inputs.length === 1 && (i === 0 || inputs[0] === calls[i - 1]!.outputs[0]),
  );
  return (
    follows &&
    layers.every(({ layer }) => {
      const inside = innerPlan(layer);
      return inside === undefined || isRow(inside);
    })
  );
}

/** A table of layers, output shapes and parameters, as text; those inside a model stand below it. */
export function summarize(plan: ModelPlan, optimizer: Optimizer | undefined): string {
  const rows = [
    ['Layer', 'Output shape', 'Parameters', 'After'],
    ...nestedLayers(plan).map(({ placed: { layer, name, outputs, weights, sources }, depth }) => [
      `${'  '.repeat(depth)}${name} (${layer.kind})`,
      outputs.map((shape) => `[${['batch', ...shape].join(', ')}]`).join(' '),
      THOUSANDS.format(weights.reduce((count, { size }) => count + size, 0)),
      sources.join('; '),
    ]),
  ];
  const columns = isRow(plan) ? [0, 1, 2] : [0, 1, 2, 3];
  const widths = columns.map((column) => Math.max(...rows.map((row) => row[column]!.length)));
  const lines = rows.map((row) =>
    columns
      .map((column) =>
        column === 2 ? row[column]!.padStart(widths[column]!) : row[column]!.padEnd(widths[column]!),
      )
      .join('  ')
      .trimEnd(),
  );
  const rule = '-'.repeat(widths.reduce((a, b) => a + b, 2 * (columns.length - 1)));
  return [lines[0], rule, ...lines.slice(1), rule, ...totals(plan), memoryLine(plan, optimizer)].join('\n');
}

/** What the model takes in memory while it is trained, the batch aside. */
function memoryLine(plan: ModelPlan, optimizer: Optimizer | undefined): string {
  const { parameters, optimizer: states, activationsPerSample } = modelMemory(plan, optimizer ?? sgd());
  const parts = [
    `${formatBytes(parameters)} of parameters`,
    ...(optimizer === undefined ? [] : [`${formatBytes(states)} of states of ${optimizer.kind}`]),
    `${formatBytes(activationsPerSample)} of activations a sample`,
  ];
  return `Memory: ${parts.join(', ')}`;
}
