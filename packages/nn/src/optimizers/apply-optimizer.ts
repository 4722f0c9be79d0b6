import { withLabel } from '../graph/label.ts';
import type { Node } from '../graph/node.ts';
import { add, divide, subtract } from '../graph/ops/arithmetic.ts';
import { greater, where } from '../graph/ops/compare.ts';
import type { Optimizer, Update, UpdateContext } from './optimizer.ts';
import { type Restraints, restraint, type ScalarSources } from './restraint.ts';

/** A weight with its gradient and states. */
export interface Parameter {
  readonly path: string;
  readonly weight: Node;
  readonly gradient: Node;
  slot(name: string): Node;
  /** Penalty and constraint of the weight. */
  readonly restraints?: Restraints;
}

function restrainedUpdate(optimizer: Optimizer, context: UpdateContext): Update {
  const update = optimizer.update(context);
  if (context.restrain === undefined || optimizer.restrains === true) return update;
  const weight = context.restrain(update.weight);
  // The average stays where it is while the weight moves under it.
  const apart = subtract(update.weight, weight);
  const gaps = (optimizer.relativeSlots ?? []).map(
    (slot) => [slot, add(update.slots[slot]!, apart)] as const,
  );
  return { weight, slots: { ...update.slots, ...Object.fromEntries(gaps) } };
}

/**
 * Writes one optimizer step for all weights: accumulate, clip, what `optimizer.update` writes (decay, update, average),
 * then proximal steps and constraints.
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
  const updates = parameters.map(({ path, weight, slot, restraints = {} }, i) => {
    const restrain = restraint(optimizer, path, restraints, { knob, step });
    const context = { path, weight, gradient: gradients[i]!, slot, knob, step, restrain };
    return withLabel(`update of ${path}`, () => restrainedUpdate(optimizer, context));
  });
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
