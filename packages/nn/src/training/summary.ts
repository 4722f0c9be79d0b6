import { requireName } from '../layers/options.ts';
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

/** A table of layers, output shapes and parameters, as text. */
export function summarize(plan: ModelPlan): string {
  const rows = [
    ['Layer', 'Output shape', 'Parameters'],
    ...plan.layers.map(({ layer, name, outputs, weights }) => [
      `${name} (${layer.kind})`,
      outputs.map((shape) => `[${['batch', ...shape].join(', ')}]`).join(' '),
      THOUSANDS.format(weights.reduce((count, { size }) => count + size, 0)),
    ]),
  ];
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]!.length)));
  const lines = rows.map(([layer, shape, count]) =>
    [layer!.padEnd(widths[0]!), shape!.padEnd(widths[1]!), count!.padStart(widths[2]!)].join('  '),
  );
  const rule = '-'.repeat(widths.reduce((a, b) => a + b, 4));
  return [lines[0], rule, ...lines.slice(1), rule, ...totals(plan)].join('\n');
}
