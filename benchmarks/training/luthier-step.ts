// Training steps of the networks with Luthier, everything on: masks, loss, penalty and accuracy of every step, data
// gathered in the graph. Protocol as in contender.ts; the forms are fit, floor and compile.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import type { Model, Samples } from '@luthier/nn';
import type { Request, Round } from './contender.ts';
import { createFloor, type Floor, passTime } from './floor.ts';
import { NETWORKS } from './networks/catalogue.ts';
import { compiledFor } from './networks/compiled.ts';
import { processorMs } from './processor-ms.ts';
import { timeFit } from './time-fit.ts';

const models = new Map<string, Model>();
const floors = new Map<string, { readonly floor: Floor; readonly pass: number }>();
const data = new Map<string, Samples>();

function compiled(network: string, optimizer: string): Model {
  return compiledFor(optimizer, NETWORKS[network]!.build());
}

async function samplesOf(network: string): Promise<Samples> {
  const known = data.get(network) ?? (await NETWORKS[network]!.data());
  data.set(network, known);
  return known;
}

async function fit({ network, optimizer, batch, steps }: Request): Promise<Round> {
  const key = `${network}/${optimizer}/${batch}`;
  const model = models.get(key) ?? compiled(network, optimizer);
  models.set(key, model);
  return timeFit(model, await samplesOf(network), { batch, steps }, processorMs);
}

async function floor({ network, optimizer, batch, steps }: Request): Promise<Round> {
  const key = `${network}/${optimizer}/${batch}`;
  const known = floors.get(key) ?? {
    floor: await createFloor(NETWORKS[network]!.products(batch)),
    pass: passTime(NETWORKS[network]!.build().countParams(), optimizer),
  };
  floors.set(key, known);
  const { ms, cpu } = await known.floor.products(steps);
  return { ms: ms + known.pass, cpu: cpu! + known.pass };
}

let compilations = 0;

/** From building the network to a session that is ready; each time for another number of rows, which is another graph. */
async function compile({ network, optimizer, batch }: Request): Promise<Round> {
  compilations += 1;
  const rows = batch * (1 + compilations);
  const { x, y } = await samplesOf(network);
  const width = x.shape.slice(1).reduce((a, b) => a * b, 1);
  const few: Samples = {
    x: { data: x.data.subarray(0, rows * width), shape: [rows, ...x.shape.slice(1)] },
    y: { data: y.data.subarray(0, rows), shape: [rows] },
  };
  const cpu = processorMs();
  const begun = performance.now();
  await compiled(network, optimizer).fit(few, { batchSize: batch, epochs: 1, signal: AbortSignal.abort() });
  return { ms: performance.now() - begun, cpu: processorMs() - cpu };
}

const FORMS: Readonly<Record<string, (request: Request) => Promise<Round>>> = { fit, floor, compile };
const ort = createRequire(import.meta.resolve('@luthier/nn')).resolve('onnxruntime-node');
const { version } = JSON.parse(
  readFileSync(ort.replace(/(onnxruntime-node)[/\\].*/, '$1/package.json'), 'utf8'),
);
console.log(JSON.stringify({ version: `Luthier on ONNX Runtime ${version}` }));
for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line) as Request;
  console.log(JSON.stringify(await FORMS[request.form]!(request)));
}
