import type { ModelPlan } from './plan.ts';

const THOUSANDS = new Intl.NumberFormat('en-US');

/** Number of trainable numbers. */
export function parameterCount(plan: ModelPlan): number {
  return plan.weights.reduce((count, { size }) => count + size, 0);
}

/** A table of layers, output shapes and parameters, as text. */
export function summarize(plan: ModelPlan): string {
  const rows = [
    ['Layer', 'Output shape', 'Parameters'],
    ...plan.layers.map(({ layer, name, output, weights }) => [
      `${name} (${layer.kind})`,
      `[batch, ${output.join(', ')}]`,
      THOUSANDS.format(weights.reduce((count, { size }) => count + size, 0)),
    ]),
  ];
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]!.length)));
  const lines = rows.map(([layer, shape, count]) =>
    [layer!.padEnd(widths[0]!), shape!.padEnd(widths[1]!), count!.padStart(widths[2]!)].join('  '),
  );
  const rule = '-'.repeat(widths.reduce((a, b) => a + b, 4));
  return [
    lines[0],
    rule,
    ...lines.slice(1),
    rule,
    `Total parameters: ${THOUSANDS.format(parameterCount(plan))}`,
  ].join('\n');
}
