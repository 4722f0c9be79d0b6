import { columnwise } from '../../src/data/columnwise.ts';
import { readCsv } from '../../src/data/csv.ts';
import { oneHot } from '../../src/data/encoding.ts';
import { trainTestSplit } from '../../src/data/parts.ts';
import { fitPreparation } from '../../src/data/preprocessor.ts';
import { standardize } from '../../src/data/scaling.ts';
import { tableSamples } from '../../src/data/table-samples.ts';
import { tfidfVectorizer } from '../../src/data/text/tfidf-vectorizer.ts';
import { interpret } from '../../src/graph/interpret.ts';
import type { DType, Node, Shape } from '../../src/graph/node.ts';
import { toOnnx } from '../../src/graph/onnx.ts';
import { add, multiply } from '../../src/graph/ops/arithmetic.ts';
import { cast } from '../../src/graph/ops/cast.ts';
import { greater, where } from '../../src/graph/ops/compare.ts';
import { gather } from '../../src/graph/ops/gather.ts';
import { matmul } from '../../src/graph/ops/linear-algebra.ts';
import { dropoutMask, randomBits } from '../../src/graph/ops/random.ts';
import { sum } from '../../src/graph/ops/reduce.ts';
import { scan } from '../../src/graph/ops/scan.ts';
import { softmax } from '../../src/graph/ops/softmax.ts';
import { input } from '../../src/graph/ops/sources.ts';
import type { Layer } from '../../src/layers/layer.ts';
import { layers } from '../../src/layers/layers.ts';
import type { Runtime, RuntimeData } from '../../src/runtime/contract.ts';
import { earlyStopping } from '../../src/training/early-stopping.ts';
import type { Model } from '../../src/training/model.ts';
import { sequential } from '../../src/training/sequential.ts';
import { autoencoder } from '../../src/unsupervised/autoencoder.ts';
import { kMeans } from '../../src/unsupervised/k-means.ts';

/** What a runtime must do, checked on any platform: it throws where it does not. */
export interface RuntimeCase {
  readonly name: string;
  run(runtime: Runtime): Promise<void>;
}

function requireEqual(found: unknown, expected: unknown): void {
  const [a, b] = [JSON.stringify(found), JSON.stringify(expected)];
  if (a !== b) throw new Error(`${a} instead of ${b}`);
}

function requireClose(
  found: ArrayLike<number | bigint>,
  expected: ArrayLike<number>,
  tolerance: number,
): void {
  requireEqual(found.length, expected.length);
  for (let i = 0; i < expected.length; i++) {
    const [a, b] = [Number(found[i]), expected[i]!];
    if (!(Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(b)))) {
      throw new Error(`element ${i} is ${a} instead of ${b}`);
    }
  }
}

/** Irregular numbers in float32. */
function numbers(count: number, start = 0): number[] {
  return Array.from({ length: count }, (_, i) => Math.fround(Math.sin(12.9898 * (i + start + 1)) ** 3));
}

const arrays: Readonly<Record<DType, (values: readonly number[]) => RuntimeData>> = {
  float32: (values) => Float32Array.from(values),
  int32: (values) => Int32Array.from(values),
  int64: (values) => BigInt64Array.from(values, BigInt),
  uint8: (values) => Uint8Array.from(values),
  uint32: (values) => Uint32Array.from(values),
  bool: (values) => Uint8Array.from(values),
};

interface Feed {
  readonly dtype: DType;
  readonly shape: Shape;
  readonly values: readonly number[];
}

/** Runs a graph under the runtime and in float64 by definition; both must agree. */
async function requireReference(
  runtime: Runtime,
  feeds: Readonly<Record<string, Feed>>,
  build: (inputs: Readonly<Record<string, Node>>) => Readonly<Record<string, Node>>,
  tolerance = 1e-5,
): Promise<void> {
  const inputs = Object.fromEntries(
    Object.entries(feeds).map(([name, { dtype, shape }]) => [name, input(name, dtype, shape)]),
  );
  const graph = { inputs: Object.values(inputs), outputs: build(inputs) };
  const expected = interpret(
    graph,
    Object.fromEntries(Object.entries(feeds).map(([n, { values }]) => [n, values])),
  );
  const session = await runtime.createSession(toOnnx(graph));
  const found = await session.run(
    Object.fromEntries(
      Object.entries(feeds).map(([name, { dtype, shape, values }]) => [
        name,
        { dtype, shape, data: arrays[dtype](values) },
      ]),
    ),
    Object.keys(graph.outputs),
  );
  await session.release();
  for (const [name, { data, shape }] of Object.entries(expected)) {
    requireEqual(found[name]!.shape, shape);
    requireClose(found[name]!.data, data, tolerance);
  }
}

const floats = (shape: Shape, start = 0): Feed => ({
  dtype: 'float32',
  shape,
  values: numbers(
    shape.reduce((a, b) => a * b, 1),
    start,
  ),
});

const graphs: readonly RuntimeCase[] = [
  {
    name: 'gives what is fetched, in shape and type',
    run: (runtime) =>
      requireReference(runtime, { x: floats([2, 3]) }, ({ x }) => ({
        double: multiply(x!, 2),
        positive: cast(greater(x!, 0), 'int32'),
      })),
  },
  {
    name: 'products, softmax and sums agree with float64',
    run: (runtime) =>
      requireReference(runtime, { a: floats([7, 33]), b: floats([33, 5], 50) }, ({ a, b }) => ({
        softmax: softmax(matmul(a!, b!)),
        total: sum(matmul(a!, b!)),
      })),
  },
  {
    name: 'bytes are gathered and cast',
    run: (runtime) => {
      const pixels: Feed = {
        dtype: 'uint8',
        shape: [4, 3],
        values: [0, 1, 2, 3, 4, 5, 250, 251, 252, 253, 254, 255],
      };
      const rows: Feed = { dtype: 'int32', shape: [2], values: [3, 0] };
      return requireReference(runtime, { pixels, rows }, (nodes) => ({
        scaled: multiply(cast(gather(nodes.pixels!, nodes.rows!), 'float32'), 1 / 255),
      }));
    },
  },
  {
    name: 'random bits and masks are those of any other machine, bit by bit',
    run: (runtime) => {
      const key: Feed = { dtype: 'uint32', shape: [], values: [123456789] };
      return requireReference(
        runtime,
        { key },
        (nodes) => ({
          bits: randomBits(nodes.key!, [16, 32]),
          mask: dropoutMask(nodes.key!, 0.5, [16, 32]),
        }),
        0,
      );
    },
  },
  {
    name: 'a scan hands states from step to step',
    run: (runtime) =>
      requireReference(runtime, { start: floats([3]), xs: floats([5, 3], 9) }, ({ start, xs }) => {
        const state = input('state', 'float32', [3]);
        const x = input('element', 'float32', [3]);
        const next = add(multiply(state, 0.5), x);
        const { last, all } = scan(
          { inputs: [state, x], outputs: { last: next, all: where(greater(next, 0), next, 0) } },
          { states: [start!], sequences: [xs!] },
        );
        return { last: last!, all: all! };
      }),
  },
];

const ROWS = 48;

/** Points in and out of a circle. */
function circle(sample: Shape): { x: { data: Float32Array; shape: Shape }; y: number[] } {
  const size = sample.reduce((a, b) => a * b, 1);
  const data = Float32Array.from(numbers(ROWS * size));
  const y = Array.from({ length: ROWS }, (_, i) =>
    data[i * size]! ** 2 + data[i * size + 1]! ** 2 > 0.3 ? 1 : 0,
  );
  return { x: { data, shape: [ROWS, ...sample] }, y };
}

interface Family {
  readonly name: string;
  readonly sample: Shape;
  readonly stack: () => readonly Layer[];
}

const families: readonly Family[] = [
  {
    name: 'dense layers, dropout and batch normalization',
    sample: [6],
    stack: () => [
      layers.dense({ units: 16, activation: 'relu', kernelRegularizer: 'l2' }),
      layers.batchNormalization(),
      layers.dropout(0.2),
    ],
  },
  {
    name: 'convolutions and pooling',
    sample: [6, 6, 2],
    stack: () => [
      layers.conv2d({ filters: 4, kernelSize: 3, activation: 'relu', padding: 'same' }),
      layers.maxPooling2d(),
      layers.flatten(),
    ],
  },
  {
    name: 'recurrent layers',
    sample: [5, 3],
    stack: () => [layers.gru({ units: 6, returnSequences: true }), layers.lstm({ units: 6 })],
  },
  {
    name: 'attention and layer normalization',
    sample: [4, 4],
    stack: () => [
      layers.multiHeadAttention({ numHeads: 2, keyDim: 4, dropout: 0.1 }),
      layers.layerNormalization(),
      layers.flatten(),
    ],
  },
];

function create({ sample, stack }: Family): Model {
  return sequential([
    layers.input({ shape: sample }),
    ...stack(),
    layers.dense({ units: 2, activation: 'softmax' }),
  ]).compile({ optimizer: 'adam', loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
}

const training = families.flatMap((family): readonly RuntimeCase[] => [
  {
    name: `training lowers the loss and stops early: ${family.name}`,
    run: async () => {
      const model = create(family);
      const data = circle(family.sample);
      const before = await model.evaluate(data);
      const { epochs } = await model.fit(data, {
        epochs: 40,
        batchSize: 16,
        seed: 3,
        validationData: data,
        callbacks: [earlyStopping({ monitor: 'valLoss', patience: 3, restoreBestWeights: true })],
      });
      const after = await model.evaluate(data);
      if (!(after.loss! < 0.9 * before.loss!)) throw new Error(`loss ${before.loss} became ${after.loss}`);
      if (!epochs.every(({ metrics }) => Number.isFinite(metrics.loss)))
        throw new Error('a loss is not finite');
    },
  },
  {
    name: `a run repeats, and goes on from a checkpoint, bit by bit: ${family.name}`,
    run: async () => {
      const data = circle(family.sample);
      const options = { epochs: 3, batchSize: 20, seed: 5 };
      const saved: Uint8Array[] = [];
      const whole = create(family);
      await whole.fit(data, {
        ...options,
        checkpoint: { everyMs: 0, save: (bytes) => void saved.push(bytes) },
      });
      for (const resume of [undefined, saved[1]]) {
        const again = create(family);
        await again.fit(data, { ...options, ...(resume === undefined ? {} : { resume }) });
        for (const [path, array] of Object.entries(whole.getWeights())) {
          requireEqual([...again.getWeights()[path]!], [...array]);
        }
      }
    },
  },
]);

const CSV = [
  'size,colour,kind',
  ...Array.from(
    { length: 40 },
    (_, i) => `${i},"${i % 2 ? 'red' : 'dark, blue'}",${i < 20 ? 'low' : 'high'}`,
  ),
];

const data: readonly RuntimeCase[] = [
  {
    name: 'a CSV table that arrives in pieces is read, prepared and learned from',
    run: async () => {
      const table = await readCsv(new Blob([CSV.join('\n')]).stream());
      const samples = tableSamples(table, { target: 'kind', categories: ['colour'] });
      requireEqual(samples.categories, { colour: ['dark, blue', 'red'] });
      const { train } = trainTestSplit(samples, { stratify: true });
      const prepare = fitPreparation(
        {
          x: [
            columnwise([
              { columns: [0], steps: [standardize()] },
              { columns: [1], steps: [oneHot()] },
            ]),
          ],
        },
        train,
      );
      const model = sequential([
        layers.input({ shape: [3] }),
        layers.dense({ units: 2, activation: 'softmax' }),
      ]).compile({ optimizer: 'adam', loss: 'sparseCategoricalCrossentropy' });
      const { epochs } = await model.fit(prepare(train), { epochs: 20, batchSize: 8, seed: 1 });
      if (!(epochs.at(-1)!.metrics.loss! < epochs[0]!.metrics.loss!))
        throw new Error('the loss did not fall');
    },
  },
  {
    name: 'words, clusters and an autoencoder',
    run: async () => {
      const texts = ['red red fish', 'blue fish', 'RED bird'];
      const { fitted, x } = tfidfVectorizer().fitTransform(texts);
      requireEqual(fitted.vocabulary, ['bird', 'blue', 'fish', 'red']);
      requireEqual(kMeans({ k: 3, nInit: 3 }).fit(x).inertia < 1e-9, true);
      const { encode } = await autoencoder({ code: 2, hidden: [], epochs: 2 }).fit(x);
      requireEqual((await encode(x)).shape, [3, 2]);
    },
  },
];

/** All that both runtimes are asked to do. */
export const runtimeCases: readonly RuntimeCase[] = [...graphs, ...training, ...data];
