// A small generative adversarial network in the plane, its two learning rates tuned: one network makes points, the other
// tells them from the real ones. node scripts/run.mjs examples/gan/gan.ts
import { pathToFileURL } from 'node:url';
import { randomKey, generator as randomNumbers } from '@luthier/core';
import { layers, ops, optimizers, sequential, type Tensor, trainer } from '@luthier/nn';
import { float, optimize, space } from '@luthier/search';

/** Centres of the clusters that real points come from. */
export const CENTRES: readonly (readonly [number, number])[] = [
  [1, 1],
  [-1, 1],
  [1, -1],
  [-1, -1],
];
/** Standard deviation of a cluster. */
const SPREAD = 0.15;
/** Random numbers that the generator makes a point from. */
const LATENT = 4;

/** Points of the four clusters, equally many of each. */
export function realPoints(count: number, seed: number): Tensor {
  const random = randomNumbers(randomKey(seed, 'real'));
  const data = new Float32Array(2 * count);
  for (let i = 0; i < count; i++) {
    const [x, y] = CENTRES[i % CENTRES.length]!;
    data[2 * i] = x + SPREAD * random.normal();
    data[2 * i + 1] = y + SPREAD * random.normal();
  }
  return { data, shape: [count, 2] };
}

/** How well points cover the clusters: shares of points near each centre, and near none. */
export interface Coverage {
  readonly near: readonly number[];
  readonly elsewhere: number;
  /** Half the sum of differences from a quarter of the points at each centre: 0 is perfect, 1 the worst. */
  readonly distance: number;
}

/** Counts the points within four standard deviations of each centre. */
export function coverage({
  data,
  shape,
}: {
  readonly data: Float32Array;
  readonly shape: readonly number[];
}): Coverage {
  const count = shape[0]!;
  const near = CENTRES.map(() => 0);
  for (let i = 0; i < count; i++) {
    const at = CENTRES.findIndex(([x, y]) => Math.hypot(data[2 * i]! - x, data[2 * i + 1]! - y) < 4 * SPREAD);
    if (at !== -1) near[at]! += 1 / count;
  }
  const elsewhere = 1 - near.reduce((a, b) => a + b, 0);
  const wanted = 1 / CENTRES.length;
  const distance = (elsewhere + near.reduce((sum, share) => sum + Math.abs(share - wanted), 0)) / 2;
  return { near, elsewhere, distance };
}

/** What is tuned. */
export interface GanOptions {
  readonly generatorRate: number;
  readonly discriminatorRate: number;
  readonly epochs: number;
  readonly seed: number;
}

/** Trains both networks in turns, and says how well points of the generator cover the clusters. */
export async function trainGan({
  generatorRate,
  discriminatorRate,
  epochs,
  seed,
}: GanOptions): Promise<Coverage> {
  const generator = sequential(
    [
      layers.dense({ units: 32, activation: 'relu', inputShape: [LATENT] }),
      layers.dense({ units: 32, activation: 'relu' }),
      layers.dense({ units: 2 }),
    ],
    { name: 'generator', seed },
  );
  const discriminator = sequential(
    [
      layers.dense({ units: 64, activation: 'leakyRelu', inputShape: [2] }),
      layers.dense({ units: 64, activation: 'leakyRelu' }),
      layers.dense({ units: 1 }),
    ],
    { name: 'discriminator', seed: seed + 1 },
  );
  const gan = trainer({
    networks: { generator, discriminator },
    optimizers: {
      generator: optimizers.adam({ learningRate: generatorRate, beta1: 0.5 }),
      discriminator: optimizers.adam({ learningRate: discriminatorRate, beta1: 0.5 }),
    },
    step: ({ batch, batchSize, run, minimize, normal }) => {
      const fake = run('generator', normal([batchSize, LATENT]));
      const onReal = ops.mean(ops.softplus(ops.negate(run('discriminator', batch.x!))));
      const onFake = ops.mean(ops.softplus(run('discriminator', ops.stopGradient(fake))));
      const discriminatorLoss = ops.add(onReal, onFake);
      minimize('discriminator', discriminatorLoss);
      const generatorLoss = ops.mean(ops.softplus(ops.negate(run('discriminator', fake))));
      minimize('generator', generatorLoss);
      return { discriminatorLoss, generatorLoss };
    },
  });
  await gan.fit({ x: realPoints(1024, seed) }, { epochs, batchSize: 64, seed });
  const random = randomNumbers(randomKey(seed, 'latent'));
  const latent = Float32Array.from({ length: 1000 * LATENT }, () => random.normal());
  return coverage(await generator.predict({ data: latent, shape: [1000, LATENT] }));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const rates = space({
    generatorRate: float(1e-4, 1e-2, { log: true }),
    discriminatorRate: float(1e-4, 1e-2, { log: true }),
  });
  const { params, value } = await optimize(
    async (given, { seed }) => {
      const found = await trainGan({ ...given, epochs: 100, seed });
      process.stderr.write(`${JSON.stringify(given)}: ${found.distance.toFixed(3)}\n`);
      return found.distance;
    },
    { space: rates, trials: 12 },
  );
  process.stdout.write(`${JSON.stringify({ params, distance: value })}\n`);
}
