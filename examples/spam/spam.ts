// Spam or not: 6,046 real mails, their words weighted by tf-idf, a small network, and the test mails looked at once.
// node scripts/run.mjs examples/spam/spam.ts
import { pathToFileURL } from 'node:url';
import {
  callbacks,
  layers,
  optimizers,
  prepareDataset,
  sequential,
  spamMails,
  tfidfVectorizer,
  vectorize,
} from '@luthier/nn';

/** What came out. */
export interface SpamResult {
  readonly accuracy: number;
  /** Share of wanted mails among all, which calling every mail wanted would reach. */
  readonly baseline: number;
  readonly words: number;
}

/** Trains on mails without their headers; gives the accuracy on those kept for the test. */
export async function filterSpam(words: number, epochs: number): Promise<SpamResult> {
  const mails = await spamMails({ bodyOnly: true });
  const step = vectorize(mails.texts, tfidfVectorizer({ maxFeatures: words, sublinearTf: true }));
  const { train, validation, test } = prepareDataset(mails, { x: [step] });
  const model = sequential([
    layers.input({ shape: [words] }),
    layers.dropout(0.3),
    layers.dense({ units: 32, activation: 'relu' }),
    layers.dense({ units: 1, activation: 'sigmoid' }),
  ]).compile({
    optimizer: optimizers.adam({ learningRate: 0.003 }),
    loss: 'binaryCrossentropy',
    metrics: ['accuracy'],
  });
  await model.fit(train, {
    epochs,
    validationData: validation!,
    callbacks: [callbacks.earlyStopping({ monitor: 'valLoss', patience: 3, restoreBestWeights: true })],
  });
  const spam = Array.from(test!.y.data).reduce((sum, label) => sum + label, 0);
  const { accuracy } = await model.evaluate(test!);
  return { accuracy: accuracy!, baseline: 1 - spam / test!.y.data.length, words };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { accuracy, baseline, words } = await filterSpam(2000, 15);
  process.stdout.write(
    `${words} words: accuracy on mails not seen ${accuracy.toFixed(3)}; all called wanted ${baseline.toFixed(3)}\n`,
  );
}
