import type { Node } from '../graph/node.ts';
import { add, divide } from '../graph/ops/arithmetic.ts';
import { greater, where } from '../graph/ops/compare.ts';
import type { Optimizer, Update } from './optimizer.ts';

/** A weight with its gradient and states. */
export interface Parameter {
  readonly path: string;
  readonly weight: Node;
  readonly gradient: Node;
  slot(name: string): Node;
}

/** Where the scalars of an update come from. */
export interface ScalarSources {
  knob(name: string): Node;
  step(name: string): Node;
}

/**
 * Writes one optimizer step for all weights: accumulate, clip, then what `optimizer.update` writes (decay, update,
 * average).
 *
 * While gradients are only collected, weights and states pass through.
 */
export function applyOptimizer(
  optimizer: Optimizer,
  parameters: readonly Parameter[],
  { knob, step }: ScalarSources,
): readonly Update[] {
  const { batchesPerUpdate = 1 } = optimizer;
  const isCollecting = batchesPerUpdate > 1;
  const sums = parameters.map(({ gradient, slot }) =>
    isCollecting ? add(slot('accumulated'), gradient) : gradient,
  );
  const means = isCollecting ? sums.map((sum) => divide(sum, batchesPerUpdate)) : sums;
  const gradients = optimizer.clip?.(means, knob) ?? means;
  const updates = parameters.map(({ path, weight, slot }, i) =>
    optimizer.update({ path, weight, gradient: gradients[i]!, slot, knob, step }),
  );
  if (!isCollecting) return updates;
  const isUpdate = greater(step('isUpdate'), 0.5);
  return updates.map(({ weight, slots }, i) => {
    const { weight: before, slot } = parameters[i]!;
    return {
      weight: where(isUpdate, weight, before),
      slots: {
        ...Object.fromEntries(
          Object.entries(slots).map(([name, after]) => [name, where(isUpdate, after, slot(name))]),
        ),
        accumulated: where(isUpdate, 0, sums[i]!),
      },
    };
  });
}
