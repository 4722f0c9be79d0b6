import type { Node, Shape } from '../../packages/nn/src/graph/node.ts';
import { toOnnx } from '../../packages/nn/src/graph/onnx.ts';
import { add } from '../../packages/nn/src/graph/ops/arithmetic.ts';
import { blockedConv2d } from '../../packages/nn/src/graph/ops/blocked-conv.ts';
import { matmul } from '../../packages/nn/src/graph/ops/linear-algebra.ts';
import { scan } from '../../packages/nn/src/graph/ops/scan.ts';
import { reshape } from '../../packages/nn/src/graph/ops/shape.ts';
import { slice } from '../../packages/nn/src/graph/ops/slice.ts';
import { input } from '../../packages/nn/src/graph/ops/sources.ts';
import type { Runtime, RuntimeTensor } from '../../packages/nn/src/runtime/contract.ts';
import { currentRuntime } from '../../packages/nn/src/runtime/current.ts';
import type { Round } from './contender.ts';
import { type Convolution, type MatrixProduct, type Product, unrolled } from './networks/products.ts';
import { processorMs } from './processor-ms.ts';

/** One way to compute a product. */
interface Form {
  readonly operands: readonly Shape[];
  readonly apply: (operands: readonly Node[]) => Node;
}

/** The products of one training step and nothing else. */
export interface Floor {
  products(steps: number): Promise<Round>;
}

interface Compiled extends Floor {
  release(): Promise<void>;
}

/** Both orders of the operands, and either of them transposed. */
function matrixForms(product: MatrixProduct): readonly Form[] {
  const { count, m, k, n, isInTurn = false } = product;
  const batch = count === 1 || isInTurn ? [] : [count];
  const orders = [
    [m, n],
    [n, m],
  ] as const;
  return orders.flatMap(([rows, columns], shared) =>
    [{}, { transposeA: true }, { transposeB: true }].map((options): Form => {
      const { transposeA = false, transposeB = false } = options as Record<string, boolean>;
      const form: Form = {
        operands: [
          [...batch, ...(transposeA ? [k, rows] : [rows, k])],
          [...batch, ...(transposeB ? [columns, k] : [k, columns])],
        ],
        apply: ([a, b]) => matmul(a!, b!, options),
      };
      return isInTurn ? inTurn(form, count, 1 - shared) : form;
    }),
  );
}

/** A product step by step in a loop, as states need it; the operand at `shared` is the same in all steps. */
function inTurn({ operands, apply }: Form, count: number, shared: number): Form {
  const [moving, still] = [operands[1 - shared]!, operands[shared]!];
  return {
    operands: [[count, ...moving], still],
    apply: ([sequence, constant]) => {
      const element = input('element', 'float32', moving);
      const same = input('same', 'float32', still);
      const product = apply(shared === 1 ? [element, same] : [same, element]);
      return scan(
        { inputs: [element, same], outputs: { product } },
        { states: [], sequences: [sequence!], constants: [constant!] },
      ).product!;
    },
  };
}

/** The runtime's own convolution over blocks of channels. */
function convForm(conv: Convolution, block: number): Form {
  const { batch, side, channels, filters, size, stride, margins } = conv;
  const [depth, across] = [Math.ceil(channels / block), Math.ceil(filters / block)];
  const isNarrow = channels < block;
  return {
    operands: isNarrow
      ? [
          [batch, channels, side, side],
          [across, channels, size, size, block],
        ]
      : [
          [batch, depth, side, side, block],
          [across, depth, size, size, block, block],
        ],
    apply: ([x, kernel]) =>
      blockedConv2d(x!, kernel!, block, {
        strides: [stride, stride],
        margins: [margins[0], margins[1], margins[0], margins[1]],
      }),
  };
}

function formsOf(product: Product, block: number | undefined): readonly Form[] {
  if ('count' in product) return matrixForms(product);
  const blocked = block === undefined ? [] : [convForm(product, block)];
  return [...blocked, ...matrixForms(unrolled(product))];
}

function zeros(shape: Shape): RuntimeTensor {
  return { dtype: 'float32', shape, data: new Float32Array(shape.reduce((a, b) => a * b, 1)) };
}

/** A step's forms in the body of a loop, which keeps one element of each result, so that none is left out. */
async function compile(runtime: Runtime, forms: readonly Form[]): Promise<Compiled> {
  const shapes = forms.flatMap(({ operands }) => operands);
  const inner = shapes.map((shape, i) => input(`inner${i}`, 'float32', shape));
  const outer = shapes.map((shape, i) => input(`outer${i}`, 'float32', shape));
  const state = input('state', 'float32', [1]);
  let next: Node = state;
  let at = 0;
  for (const { operands, apply } of forms) {
    const result = apply(inner.slice(at, at + operands.length));
    at += operands.length;
    const first = slice(
      result,
      result.shape.map(() => 0),
      result.shape.map(() => 1),
    );
    next = add(next, reshape(first, [1]));
  }
  const start = input('start', 'float32', [1]);
  const steps = input('steps', 'float32', [2]);
  const results = scan(
    { inputs: [state, input('step', 'float32', []), ...inner], outputs: { next } },
    { states: [start], sequences: [steps], constants: outer },
  );
  const session = await runtime.createSession(
    toOnnx(
      { inputs: [...outer, start, steps], outputs: results },
      { dynamicAxes: { steps: { 0: 'steps' } } },
    ),
    { keepsMemory: true },
  );
  const feeds = {
    start: zeros([1]),
    ...Object.fromEntries(shapes.map((shape, i) => [`outer${i}`, zeros(shape)])),
  };
  return {
    products: async (count) => {
      const cpu = processorMs();
      const begun = performance.now();
      await session.run({ ...feeds, steps: zeros([count]) }, ['next']);
      const ms = (performance.now() - begun) / count;
      return { ms, cpu: (processorMs() - cpu) / count };
    },
    release: () => session.release(),
  };
}

/** Milliseconds of a product, the least of some tries of 5 ms each. */
async function leastTime(compiled: Compiled): Promise<number> {
  await compiled.products(1);
  const { ms } = await compiled.products(2);
  const steps = Math.max(1, Math.min(200, Math.round(5 / ms)));
  let least = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < 4; attempt++) {
    least = Math.min(least, (await compiled.products(steps)).ms);
  }
  return least;
}

async function fastest(runtime: Runtime, forms: readonly Form[]): Promise<Form> {
  let best: { readonly form: Form; readonly ms: number } | undefined;
  for (const form of forms) {
    const compiled = await compile(runtime, [form]);
    const ms = await leastTime(compiled);
    await compiled.release();
    if (best === undefined || ms < best.ms) best = { form, ms };
  }
  return best!.form;
}

/**
 * Compiles the products of a step, each in the form that proves fastest on this machine: operands in either order,
 * transposed or not; convolutions in blocks of channels or unrolled. All values are zero, which costs as much as any other.
 */
export async function createFloor(products: readonly Product[]): Promise<Floor> {
  const runtime = await currentRuntime();
  const known = new Map<string, Form>();
  const forms: Form[] = [];
  for (const product of products) {
    const key = JSON.stringify(product);
    const form = known.get(key) ?? (await fastest(runtime, formsOf(product, runtime.channelBlock)));
    known.set(key, form);
    forms.push(form);
  }
  return compile(runtime, forms);
}

/** Float32 blocks that one update reads and writes once: weights and the optimizer's states. */
const BLOCKS: Readonly<Record<string, number>> = { adam: 6, sgd: 4 };

/** Milliseconds of one pass over parameters and the states of an optimizer, read and written once. */
export function passTime(parameters: number, optimizer: string): number {
  return copyTime(parameters, BLOCKS[optimizer]!);
}

/** Milliseconds of copying so many numbers block by block, each block as large as all parameters. */
function copyTime(parameters: number, blocks: number): number {
  const from = new Float32Array(parameters).fill(1);
  const to = new Float32Array(parameters);
  // Enough copies that the clock's resolution does not matter.
  const copies = Math.max(1, Math.round(1_000_000 / parameters));
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 50; round++) {
    const begun = performance.now();
    for (let copy = 0; copy < copies; copy++) to.set(from);
    best = Math.min(best, (performance.now() - begun) / copies);
  }
  // A copy reads one block and writes another.
  return (blocks / 2) * best;
}
