import { type Generator, generator, type RandomKey, randomKey } from '@luthier/core';
import { ranges, refuseUnknown, requireNumber } from '../layers/options.ts';
import type { TensorLike } from '../training/tables.ts';
import {
  type CentredData,
  type ClusterFitOptions,
  type Clustering,
  type FittedKMeans,
  fittedClusters,
  readClusterData,
} from './clustering.ts';
import { firstCentres, type KMeansOptions, readInit } from './k-means.ts';
import { type Matrix, pickRows } from './matrix.ts';
import { assignNearest, inertiaOf } from './nearest-centre.ts';

/** Options of `miniBatchKMeans`. */
export interface MiniBatchKMeansOptions {
  /** Number of clusters. Default 8. */
  readonly k?: number;
  /** Where centres begin, as in `kMeans`. Default `kMeans++`. */
  readonly init?: Exclude<KMeansOptions['init'], undefined>;
  /** First centres drawn, of which those best for a sample are kept. Default 3 for `random`, else 1. */
  readonly nInit?: number;
  /** Samples a step. Default 1024. */
  readonly batchSize?: number;
  /** Most passes over the data. Default 100. */
  readonly maxIterations?: number;
  /** Steps without a better smoothed inertia until the end. Default 10. */
  readonly maxNoImprovement?: number;
  /** Clusters with less than this share of the largest one's samples get a new centre now and then. Default 0.01. */
  readonly reassignmentRatio?: number;
  /** Seed of starts and batches. Default 0. */
  readonly seed?: number;
}

interface Settings {
  readonly k: number;
  readonly init: 'kMeans++' | 'random' | Matrix;
  readonly nInit: number;
  readonly batchSize: number;
  readonly maxIterations: number;
  readonly maxNoImprovement: number;
  readonly reassignmentRatio: number;
  readonly seed: number;
}

const CODE = 'LU_KMEANS_OPTION';

function part(data: CentredData, rows: ArrayLike<number>): CentredData {
  return {
    matrix: pickRows(data.matrix, rows),
    norms: Float64Array.from(rows, (row) => data.norms[row]!),
    weights: Float64Array.from(rows, (row) => data.weights[row]!),
    offset: data.offset,
  };
}

function label(data: CentredData, centres: Matrix): { labels: Int32Array; inertia: number } {
  const labels = new Int32Array(data.matrix.rows);
  assignNearest(data.matrix, data.norms, centres, labels);
  return { labels, inertia: inertiaOf(data.matrix, centres, labels, data.weights) };
}

/** Moves each centre to the mean of all samples it ever got, in place. */
function moveCentres(batch: CentredData, labels: Int32Array, centres: Matrix, mass: Float64Array): void {
  const { columns, rows } = batch.matrix;
  for (let i = 0; i < rows; i++) {
    const cluster = labels[i]!;
    const weight = batch.weights[i]!;
    if (weight === 0) continue;
    mass[cluster]! += weight;
    const rate = weight / mass[cluster]!;
    for (let j = 0; j < columns; j++) {
      const at = cluster * columns + j;
      centres.data[at]! += rate * (batch.matrix.data[i * columns + j]! - centres.data[at]!);
    }
  }
}

/** Puts the centres of neglected clusters on different samples of the batch. */
function reassign(
  batch: CentredData,
  centres: Matrix,
  mass: Float64Array,
  ratio: number,
  random: Generator,
): void {
  const border = ratio * Math.max(...mass);
  const neglected = Array.from(mass.keys())
    .filter((cluster) => mass[cluster]! < border)
    .sort((a, b) => mass[a]! - mass[b]! || a - b)
    .slice(0, Math.floor(batch.matrix.rows / 2));
  if (neglected.length === 0) return;
  const rows = random.permutation(batch.matrix.rows);
  const others = mass.filter((_, cluster) => !neglected.includes(cluster));
  const least = Math.min(...others);
  for (const [i, cluster] of neglected.entries()) {
    centres.data.set(pickRows(batch.matrix, [rows[i]!]).data, cluster * centres.columns);
    mass[cluster] = least;
  }
}

function bestStart(data: CentredData, settings: Settings, random: Generator, key: RandomKey): Matrix {
  const { rows } = data.matrix;
  const { k, init } = settings;
  const size = Math.min(rows, Math.max(3 * settings.batchSize, 3 * k));
  const sample = (): CentredData => part(data, random.permutation(rows).subarray(0, size));
  const judge = sample();
  let best: { centres: Matrix; inertia: number } | undefined;
  for (let start = 0; start < settings.nInit; start++) {
    const centres = firstCentres(sample(), k, init, randomKey(key.k0, key.k1, start));
    const { inertia } = label(judge, centres);
    if (best === undefined || inertia < best.inertia) best = { centres, inertia };
  }
  return best!.centres;
}

function run(kind: string, data: CentredData, settings: Settings): FittedKMeans {
  const { k, batchSize } = settings;
  const { rows } = data.matrix;
  const key = randomKey(settings.seed, 'miniBatchKMeans');
  const random = generator(key);
  const centres = bestStart(data, settings, random, key);
  const mass = new Float64Array(k);
  const size = Math.min(batchSize, rows);
  const steps = Math.max(1, Math.floor((settings.maxIterations * rows) / size));
  const smoothing = Math.min(1, (2 * size) / (rows + 1));
  let smoothed: number | undefined;
  let least = Number.POSITIVE_INFINITY;
  let waited = 0;
  let sinceReassigned = 0;
  let step = 0;
  while (step < steps) {
    step += 1;
    const batch = part(
      data,
      Int32Array.from({ length: size }, () => random.integer(rows)),
    );
    const { labels, inertia } = label(batch, centres);
    sinceReassigned += size;
    const isDue = mass.includes(0) || sinceReassigned >= 10 * k;
    moveCentres(batch, labels, centres, mass);
    if (isDue && settings.reassignmentRatio > 0) {
      sinceReassigned = 0;
      reassign(batch, centres, mass, settings.reassignmentRatio, random);
    }
    // The first batch has met centres that no batch had moved yet, so its inertia says nothing.
    if (step === 1) continue;
    const current = inertia / size;
    smoothed = smoothed === undefined ? current : smoothed * (1 - smoothing) + current * smoothing;
    waited = smoothed < least ? 0 : waited + 1;
    least = Math.min(least, smoothed);
    if (waited >= settings.maxNoImprovement) break;
  }
  const found = label(data, centres);
  return fittedClusters(kind, data.offset, centres, { ...found, iterations: step });
}

/**
 * k-means from random batches, for data of which one pass is expensive: a little worse than `kMeans`, many times faster.
 *
 * Each centre is the mean of all batch samples it was ever given. Ends when the smoothed inertia of the batches has not
 * improved for `maxNoImprovement` steps; `iterations` counts batches. Defaults as scikit-learn's `MiniBatchKMeans`.
 *
 * Reference: Sculley 2010.
 *
 * @throws LuthierError LU_KMEANS_OPTION; on fit LU_KMEANS_FEW, LU_KMEANS_WEIGHT and LU_DATA_*.
 *
 * @example
 * miniBatchKMeans({ k: 10, batchSize: 1024 }).fit(images).labels
 */
export function miniBatchKMeans(options: MiniBatchKMeansOptions = {}): Clustering {
  const kind = 'miniBatchKMeans';
  refuseUnknown(CODE, kind, options, [
    'k',
    'init',
    'nInit',
    'batchSize',
    'maxIterations',
    'maxNoImprovement',
    'reassignmentRatio',
    'seed',
  ]);
  const count = (
    name: 'k' | 'nInit' | 'batchSize' | 'maxIterations' | 'maxNoImprovement',
    standard: number,
  ): number => requireNumber(CODE, kind, name, options[name] ?? standard, ranges.count);
  const k = count('k', 8);
  const init = readInit(kind, k, options.init);
  const settings: Settings = {
    k,
    init,
    nInit: count('nInit', init === 'random' ? 3 : 1),
    batchSize: count('batchSize', 1024),
    maxIterations: count('maxIterations', 100),
    maxNoImprovement: count('maxNoImprovement', 10),
    reassignmentRatio: requireNumber(
      CODE,
      kind,
      'reassignmentRatio',
      options.reassignmentRatio ?? 0.01,
      ranges.rate,
    ),
    seed: requireNumber(CODE, kind, 'seed', options.seed ?? 0, ranges.finite),
  };
  const fit = (x: TensorLike, fitOptions: ClusterFitOptions = {}): FittedKMeans =>
    run(kind, readClusterData(kind, x, k, fitOptions), settings);
  return { kind, fit };
}
