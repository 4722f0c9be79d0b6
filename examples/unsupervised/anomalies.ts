// Anomalies without labels: an autoencoder sees benign tumours only, and cannot give malignant ones back as well.
// node scripts/run.mjs examples/unsupervised/anomalies.ts
import { pathToFileURL } from 'node:url';
import {
  anomalyDetector,
  autoencoder,
  breastCancer,
  pca,
  type Reconstruction,
  standardize,
  take,
  trainValTest,
} from '@luthier/nn';

const BENIGN = 1;

/** How well a detector tells malignant tumours from benign ones that it has not seen. */
export interface DetectorResult {
  /** The share of pairs of a malignant and a benign tumour in which the malignant one looks odder. */
  readonly areaUnderCurve: number;
  /** Share of malignant tumours that are called anomalies. */
  readonly found: number;
  /** Share of benign tumours that are called anomalies. */
  readonly falseAlarms: number;
}

/** Fits a detector on benign tumours; 5 % of others may be called anomalies. */
export async function detectTumours(model: Reconstruction): Promise<DetectorResult> {
  const all = (await breastCancer({ validation: 0, test: 0 })).train;
  const rows = Array.from(all.y.data.keys());
  const benign = take(
    all,
    rows.filter((row) => all.y.data[row] === BENIGN),
  );
  const malignant = take(
    all,
    rows.filter((row) => all.y.data[row] !== BENIGN),
  );
  const { train, validation, test } = trainValTest(benign, { validation: 0.2, test: 0.2 });
  const scale = standardize().fit(train.x);
  const detector = await anomalyDetector({ model, contamination: 0.05 }).fit(
    scale.transform(train.x),
    scale.transform(validation.x),
  );
  const [odd, ordinary] = [scale.transform(malignant.x), scale.transform(test.x)];
  const [oddScores, ordinaryScores] = [await detector.scores(odd), await detector.scores(ordinary)];
  let wins = 0;
  for (const a of oddScores) for (const b of ordinaryScores) wins += a > b ? 1 : 0;
  const share = async (x: typeof odd): Promise<number> => {
    const called = await detector.predict(x);
    return called.filter(Boolean).length / called.length;
  };
  return {
    areaUnderCurve: wins / (oddScores.length * ordinaryScores.length),
    found: await share(odd),
    falseAlarms: await share(ordinary),
  };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const models = [pca({ components: 6 }), autoencoder({ code: 6, hidden: [24], epochs: 100 })];
  for (const model of models) {
    process.stdout.write(`${model.kind}: ${JSON.stringify(await detectTumours(model))}\n`);
  }
}
