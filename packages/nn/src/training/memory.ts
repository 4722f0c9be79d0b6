import { sizeOf } from '../graph/tensor.ts';
import type { Optimizer } from '../optimizers/optimizer.ts';
import { innerPlan } from './model-layer.ts';
import type { ModelPlan } from './plan.ts';
import { stateShapes } from './train-graph.ts';

/** What a model takes in memory, in bytes of float32. */
export interface ModelMemory {
  readonly parameters: number;
  /** States that the optimizer keeps beside the parameters. */
  readonly optimizer: number;
  /** Outputs of all layers for one sample: what training keeps for the way back, at least. */
  readonly activationsPerSample: number;
}

/** Bytes of a float32 number. */
export const FLOAT_BYTES = 4;

/** Numbers that all calls of layers give for one sample; a model inside gives what its layers give. */
function activationSize(plan: ModelPlan): number {
  return plan.calls.reduce((total, { layer }) => {
    const inside = innerPlan(layer.layer);
    if (inside !== undefined) return total + activationSize(inside);
    return total + layer.outputs.reduce((sum, shape) => sum + sizeOf(shape), 0);
  }, 0);
}

/** Counts what a model takes in memory. */
export function modelMemory(plan: ModelPlan, optimizer: Optimizer): ModelMemory {
  const parameters = plan.weights.reduce((sum, weight) => sum + weight.size, 0);
  const states = [...stateShapes({ plan, optimizer }).values()].reduce(
    (sum, shape) => sum + sizeOf(shape),
    0,
  );
  return {
    parameters: FLOAT_BYTES * parameters,
    optimizer: FLOAT_BYTES * (states - parameters),
    activationsPerSample: FLOAT_BYTES * activationSize(plan),
  };
}

/** `1.8 MB`, in units of 1,000. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB'];
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  const value = bytes / 1000 ** power;
  return `${power === 0 ? value : value.toFixed(1)} ${units[power]}`;
}
