import type { Model, Samples } from '@luthier/nn';
import type { Request } from '../contender.ts';
import { compiledFor } from '../networks/compiled.ts';
import { mlp } from '../networks/mlp.ts';
import { timeFit } from '../time-fit.ts';

/** What the benchmark asks the page for. */
declare global {
  interface Window {
    /** Gives the page the addresses of the IDX files and how many rows to take. */
    loadDigits?: (images: string, labels: string, rows: number) => Promise<void>;
    /** Milliseconds a step of the dense network. */
    trainMlp?: (request: Request) => Promise<number>;
  }
}

let samples: Samples | undefined;
const models = new Map<string, Model>();

async function bytes(address: string, offset: number): Promise<Uint8Array> {
  return new Uint8Array(await (await fetch(address)).arrayBuffer()).subarray(offset);
}

window.loadDigits = async (images, labels, rows) => {
  const pixels = await bytes(images, 16);
  const digits = await bytes(labels, 8);
  samples = {
    x: { data: pixels.slice(0, rows * 784), shape: [rows, 784] },
    y: { data: digits.slice(0, rows), shape: [rows] },
  };
};

window.trainMlp = async (request) => {
  const key = `${request.optimizer}/${request.batch}`;
  const model = models.get(key) ?? compiledFor(request.optimizer, mlp());
  models.set(key, model);
  return (await timeFit(model, samples!, request)).ms;
};
