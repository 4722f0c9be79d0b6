import type { Node } from '../../packages/nn/src/graph/node.ts';
import { toOnnx } from '../../packages/nn/src/graph/onnx.ts';
import { matmul } from '../../packages/nn/src/graph/ops/linear-algebra.ts';
import { scan } from '../../packages/nn/src/graph/ops/scan.ts';
import { input } from '../../packages/nn/src/graph/ops/sources.ts';
import { currentRuntime } from '../../packages/nn/src/runtime/current.ts';

/** Units from the pixels to the classes. */
const UNITS = [784, 512, 128, 10] as const;

/** Numbers trained: weights and biases. */
export const PARAMETERS: number = UNITS.slice(1).reduce((sum, units, i) => sum + units * (UNITS[i]! + 1), 0);

/** The matrix products of one training step and nothing else. */
export interface Floor {
  /** Milliseconds for the products of one step. */
  products(steps: number): Promise<number>;
}

/**
 * Compiles the eight products of a step (three forward, three weight gradients, two backward), in the layout that the
 * runtime multiplies fastest: features by samples. The weight gradients take the places of the weights, so that every
 * product is needed; all values are zero, which costs as much as any other.
 */
export async function createFloor(batch: number): Promise<Floor> {
  const shapes = UNITS.slice(1).map((units, i) => [units, UNITS[i]!] as const);
  const weights = shapes.map((shape, i) => input(`weight${i}`, 'float32', shape));
  const x = input('x', 'float32', [batch, UNITS[0]]);
  const step = input('step', 'float32', []);
  const outer = input('pixels', 'float32', [batch, UNITS[0]]);
  const activations: Node[] = [];
  weights.forEach((weight, i) => {
    activations.push(i === 0 ? matmul(weight, x, { transposeB: true }) : matmul(weight, activations[i - 1]!));
  });
  let delta = activations.at(-1)!;
  const next: Record<string, Node> = {};
  for (let i = weights.length - 1; i >= 0; i--) {
    next[`next${i}`] = i === 0 ? matmul(delta, x) : matmul(delta, activations[i - 1]!, { transposeB: true });
    if (i > 0) delta = matmul(weights[i]!, delta, { transposeA: true });
  }
  const outputs = Object.fromEntries(weights.map((_, i) => [`next${i}`, next[`next${i}`]!]));
  const starts = shapes.map((shape, i) => input(`start${i}`, 'float32', shape));
  const steps = input('steps', 'float32', [2]);
  const results = scan(
    { inputs: [...weights, step, x], outputs },
    { states: starts, sequences: [steps], constants: [outer] },
  );
  const runtime = await currentRuntime();
  const session = await runtime.createSession(
    toOnnx(
      { inputs: [outer, ...starts, steps], outputs: results },
      { dynamicAxes: { steps: { 0: 'steps' } } },
    ),
  );
  return {
    products: async (count) => {
      const zero = (shape: readonly number[]) => ({
        dtype: 'float32' as const,
        shape,
        data: new Float32Array(shape.reduce((a, b) => a * b, 1)),
      });
      const feeds = {
        pixels: zero([batch, UNITS[0]]),
        steps: zero([count]),
        ...Object.fromEntries(shapes.map((shape, i) => [`start${i}`, zero(shape)])),
      };
      const begun = performance.now();
      await session.run(feeds, Object.keys(results));
      return (performance.now() - begun) / count;
    },
  };
}

/** Bytes a second of copying blocks as large as all parameters, reading and writing counted. */
export function copyBandwidth(): number {
  const from = new Float32Array(PARAMETERS).fill(1);
  const to = new Float32Array(PARAMETERS);
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 200; round++) {
    const begun = performance.now();
    to.set(from);
    best = Math.min(best, performance.now() - begun);
  }
  return (2 * from.byteLength * 1000) / best;
}
