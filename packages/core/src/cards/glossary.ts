import { LuthierError } from '../errors.ts';
import { didYouMean } from '../nearest.ts';

/** A term of the lessons in a few sentences. */
export interface GlossaryEntry {
  readonly term: string;
  /** Other names, in lower case. */
  readonly aliases: readonly string[];
  readonly text: string;
  /** What to try, as a function of Luthier or a program of the examples. */
  readonly see: readonly string[];
}

/** The terms that the lessons ask about. */
export const glossary: readonly GlossaryEntry[] = [
  {
    term: 'neural network',
    aliases: ['network', 'ann'],
    text:
      'A model inspired by the brain: nodes in layers, each of which multiplies what comes in by its weights, adds a bias ' +
      'and passes the sum through an activation. An input layer takes the data, hidden layers make features of features, ' +
      'the output layer answers. Training sets the weights and biases.',
    see: ['sequential([...])', 'model.summary()'],
  },
  {
    term: 'supervised learning',
    aliases: ['supervised', 'labelled data', 'labeled data'],
    text:
      'Learning from pairs of inputs and outputs: every image has its digit, every text its sentiment. The loss measures ' +
      'prediction against the known answer, and the model is judged by answers to inputs that it has not seen. ' +
      'Classification predicts a class, regression a number.',
    see: ['model.fit({ x, y })', 'examples/supervised/digits.ts', 'examples/sentiment/sentiment.ts'],
  },
  {
    term: 'unsupervised learning',
    aliases: ['unsupervised', 'unlabelled data', 'unlabeled data'],
    text:
      'Learning from inputs alone, without labels: the model finds patterns itself. Clustering (k-means) groups like ' +
      'samples, dimensionality reduction (principal components, autoencoders) describes them in fewer numbers, and what ' +
      'cannot be described so is an anomaly. There is no right answer to compare with, so results are judged by how compact, ' +
      'stable or useful they are.',
    see: [
      'kMeans({ k: 10 })',
      'pca()',
      'autoencoder()',
      'anomalyDetector()',
      'examples/unsupervised/clusters.ts',
    ],
  },
  {
    term: 'batch normalization',
    aliases: ['batch norm', 'batchnorm'],
    text:
      'A layer that brings every feature to mean 0 and variance 1 over the batch, then scales and shifts it by two learned ' +
      'numbers. Inputs of the next layer stay in one range while earlier weights move (less internal covariate shift), so ' +
      'training is faster and more stable, and it regularizes a little. At inference running averages take the place of the ' +
      'batch.',
    see: ['layers.batchNormalization()'],
  },
  {
    term: 'dropout',
    aliases: [],
    text:
      'A layer that sets a random share of its inputs to zero in every training step, so that no unit can rely on a single ' +
      'other and features become redundant. The rest is scaled up by 1 / (1 - rate); at inference nothing is dropped. Rates ' +
      'of 0.1 to 0.5 are usual: raise against overfitting, lower against underfitting.',
    see: ['layers.dropout(0.5)', 'luthier explain dropout'],
  },
];

/** Case, `-`, `_` and blanks do not matter. */
const plain = (name: string): string => name.toLowerCase().replace(/[\s_-]/g, '');

const byName: ReadonlyMap<string, GlossaryEntry> = new Map(
  glossary.flatMap((entry) => [entry.term, ...entry.aliases].map((name) => [plain(name), entry] as const)),
);

/**
 * The entry of a term or one of its other names.
 *
 * Throws LU_GLOSSARY_UNKNOWN with the nearest term.
 *
 * @example
 * glossaryEntry('batch norm').term // 'batch normalization'
 */
export function glossaryEntry(term: string): GlossaryEntry {
  const found = byName.get(plain(term));
  if (found !== undefined) return found;
  const terms = glossary.map((entry) => entry.term);
  throw new LuthierError('LU_GLOSSARY_UNKNOWN', `the glossary has no '${term}'${didYouMean(term, terms)}`, {
    fix: `Use one of ${terms.join(', ')}.`,
  });
}
