// Unsupervised learning: no labels. The lesson's KMeans(n_clusters=10) on flattened digits, its number of clusters questioned.
// node scripts/run.mjs examples/unsupervised/clusters.ts
import { pathToFileURL } from 'node:url';
import { adjustedRandIndex, digits, elbow, kMeans, pca, purity, silhouetteCurve } from '@luthier/nn';

/** What ten clusters of the digits have to do with the digits they show, which k-means was never told. */
export interface ClusterResult {
  readonly inertia: number;
  readonly purity: number;
  readonly adjustedRandIndex: number;
  /** Share of the variance that two principal components keep. */
  readonly kept: number;
}

/** Clusters all digits. */
export async function clusterDigits(): Promise<ClusterResult> {
  const { x: flat, y } = (await digits({ validation: 0, test: 0 })).train;
  const { labels, inertia } = kMeans({ k: 10, nInit: 10 }).fit(flat);
  const [first, second] = pca({ components: 2 }).fit(flat).explainedVarianceRatio;
  return {
    inertia,
    purity: purity(labels, y.data),
    adjustedRandIndex: adjustedRandIndex(labels, y.data),
    kept: first! + second!,
  };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  process.stdout.write(`${JSON.stringify(await clusterDigits())}\n`);
  const { x } = (await digits({ validation: 0, test: 0 })).train;
  process.stdout.write(`elbow at ${elbow(x, [2, 4, 6, 8, 10, 12, 14, 16]).k} clusters\n`);
  process.stdout.write(`largest silhouette at ${silhouetteCurve(x, [2, 4, 6, 8, 10, 12]).k} clusters\n`);
}
