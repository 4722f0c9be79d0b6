// Sentiment of short reviews from bags of words and word pairs, by cross-validation that learns words in training parts only.
// node scripts/run.mjs examples/sentiment/sentiment.ts
import { pathToFileURL } from 'node:url';
import {
  type CrossValidation,
  crossValidate,
  crossValidationTable,
  documents,
  layers,
  type Model,
  optimizers,
  sequential,
  tfidfVectorizer,
  vectorize,
} from '@luthier/nn';
import { filmReviews } from './reviews.ts';

/** Words and pairs of words that a review is described by. */
const FEATURES = 600;

function buildModel(): Model {
  return sequential([
    layers.input({ shape: [FEATURES] }),
    layers.dropout(0.2),
    layers.dense({ units: 16, activation: 'relu' }),
    layers.dense({ units: 1, activation: 'sigmoid' }),
  ]).compile({
    optimizer: optimizers.adam({ learningRate: 0.01 }),
    loss: 'binaryCrossentropy',
    metrics: ['accuracy'],
  });
}

/** Accuracy over five folds of reviews. */
export function judgeReviews(seed = 0): Promise<CrossValidation> {
  const { texts, labels } = filmReviews(1000, seed);
  // Pairs tell 'not dull' from 'dull'.
  const words = tfidfVectorizer({ ngrams: [1, 2], maxFeatures: FEATURES });
  return crossValidate(
    buildModel,
    { x: documents(texts.length), y: { data: Uint8Array.from(labels), shape: [labels.length] } },
    { fit: { epochs: 15, seed }, prepare: { x: [vectorize(texts, words)] } },
  );
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  process.stdout.write(`${crossValidationTable(await judgeReviews())}\n`);
}
