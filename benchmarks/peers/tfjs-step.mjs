// Training steps of the 784-512-128-10 network with TensorFlow.js on its WebAssembly backend.
// Started by benchmarks/training/training.ts with the folder of the MNIST files and the number of rows. Reads one JSON
// request a line ({"optimizer", "batch", "steps"}), answers with one line ({"ms": wall time of a step, "cpu": processor
// time of all threads}).
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import { setThreadsCount, setWasmPaths } from '@tensorflow/tfjs-backend-wasm';

const [folder, rowsText] = process.argv.slice(2);
const rows = Number(rowsText);
setWasmPaths(`${dirname(fileURLToPath(import.meta.resolve('@tensorflow/tfjs-backend-wasm')))}/`);
setThreadsCount(1);
await tf.setBackend('wasm');
await tf.ready();
const images = readFileSync(join(folder, 'train-images-idx3-ubyte')).subarray(16);
const labels = readFileSync(join(folder, 'train-labels-idx1-ubyte')).subarray(8);

const optimizers = { adam: () => tf.train.adam(0.001), sgd: () => tf.train.momentum(0.01, 0.9) };
const models = new Map();

function modelFor(optimizer, batch) {
  const key = `${optimizer}/${batch}`;
  if (!models.has(key)) {
    const model = tf.sequential({
      layers: [
        tf.layers.dense({ units: 512, activation: 'relu', inputShape: [784] }),
        tf.layers.dropout({ rate: 0.2 }),
        tf.layers.dense({ units: 128, activation: 'relu' }),
        tf.layers.dropout({ rate: 0.2 }),
        tf.layers.dense({ units: 10, activation: 'softmax' }),
      ],
    });
    model.compile({ optimizer: optimizers[optimizer](), loss: 'sparseCategoricalCrossentropy' });
    models.set(key, model);
  }
  return models.get(key);
}

async function run({ optimizer, batch, steps }) {
  const model = modelFor(optimizer, batch);
  const cpu = process.cpuUsage();
  const begun = performance.now();
  for (let step = 0; step < steps; step++) {
    const x = new Float32Array(batch * 784);
    const y = new Float32Array(batch);
    for (let i = 0; i < batch; i++) {
      const row = Math.floor(Math.random() * rows);
      for (let j = 0; j < 784; j++) x[i * 784 + j] = images[row * 784 + j] / 255;
      y[i] = labels[row];
    }
    const inputs = tf.tensor2d(x, [batch, 784]);
    const targets = tf.tensor1d(y);
    await model.trainOnBatch(inputs, targets);
    tf.dispose([inputs, targets]);
  }
  const wall = performance.now() - begun;
  const { user, system } = process.cpuUsage(cpu);
  return { ms: wall / steps, cpu: (user + system) / 1000 / steps };
}

console.log(JSON.stringify({ version: `TensorFlow.js ${tf.version.tfjs} (wasm)` }));
for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(await run(JSON.parse(line))));
}
