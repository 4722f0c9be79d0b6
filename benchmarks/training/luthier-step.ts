// Training steps of the 784-512-128-10 network with Luthier, everything on: masks, loss, penalty and accuracy of every
// step, uint8 data gathered in the graph. Protocol as in contender.ts.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { type Model, mnist, mnistMlp, optimizers } from '@luthier/nn';
import type { Request } from './contender.ts';
import { createFloor } from './floor.ts';

const { train } = await mnist();
const models = new Map<string, Model>();
const floors = new Map<number, Awaited<ReturnType<typeof createFloor>>>();

function modelFor(optimizer: string, batch: number): Model {
  const key = `${optimizer}/${batch}`;
  const known = models.get(key);
  if (known !== undefined) return known;
  const model = mnistMlp({ dropout: 0.2 }).compile({
    optimizer:
      optimizer === 'adam'
        ? optimizers.adam({ learningRate: 1e-3 })
        : optimizers.sgd({ learningRate: 0.01, momentum: 0.9 }),
    loss: 'categoricalCrossentropy',
    metrics: ['accuracy'],
  });
  models.set(key, model);
  return model;
}

/** Time a step from the first answer of the runtime, so without compiling, to the last. */
async function run({ optimizer, batch, steps }: Request): Promise<number> {
  const end = new AbortController();
  const seen: { step: number; at: number }[] = [];
  await modelFor(optimizer, batch).fit(train, {
    batchSize: batch,
    epochs: 100,
    signal: end.signal,
    onCall: ({ step }) => {
      seen.push({ step, at: performance.now() });
      if (step - seen[0]!.step >= steps) end.abort();
    },
  });
  const first = seen[0]!;
  const last = seen.at(-1)!;
  return (last.at - first.at) / (last.step - first.step);
}

async function floor(batch: number, steps: number): Promise<number> {
  const known = floors.get(batch) ?? (await createFloor(batch));
  floors.set(batch, known);
  return known.products(steps);
}

const ort = createRequire(import.meta.resolve('@luthier/nn')).resolve('onnxruntime-node');
const { version } = JSON.parse(
  readFileSync(ort.replace(/(onnxruntime-node)[/\\].*/, '$1/package.json'), 'utf8'),
);
console.log(JSON.stringify({ version: `Luthier on ONNX Runtime ${version}` }));
for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line) as Request;
  const ms = request.optimizer === 'floor' ? await floor(request.batch, request.steps) : await run(request);
  console.log(JSON.stringify({ ms }));
}
