/** One line of the cheat sheet. */
export interface CheatsheetEntry {
  readonly concept: string;
  readonly purpose: string;
  /** TypeScript; together with the header and the other entries, in order, it is one program. */
  readonly code: string;
}

/** What the code of all entries needs before it. */
export const cheatsheetHeader: string = `import {
  callbacks,
  constraints,
  crossValidate,
  digits,
  kFold,
  kMeans,
  layers,
  optimizers,
  regularizers,
  sequential,
  trainValidationSplit,
} from '@luthier/nn';`;

/** Concepts in the order in which a program meets them. */
export const cheatsheet: readonly CheatsheetEntry[] = [
  {
    concept: 'Validation set',
    purpose: 'judge on data the model was not trained on; keep a test set apart, for once',
    code: `const data = await digits({ test: 0.2 });
const { train, validation } = trainValidationSplit(data.train, { validation: 0.2, stratify: true });`,
  },
  {
    concept: 'L2 regularization',
    purpose: 'keep weights small, so that the model stays smooth',
    code: `const shrunk = layers.dense({
  units: 128,
  activation: 'relu',
  kernelRegularizer: regularizers.l2(0.001),
});`,
  },
  {
    concept: 'L1 regularization',
    purpose: 'push weights that do not pay towards zero',
    code: `const sparse = layers.dense({
  units: 64,
  activation: 'relu',
  kernelRegularizer: regularizers.l1(0.0001),
});`,
  },
  {
    concept: 'Max-norm constraint',
    purpose: 'put a limit on the weights of each unit',
    code: `const limited = layers.dense({
  units: 64,
  activation: 'relu',
  kernelConstraint: constraints.maxNorm({ maxValue: 3 }),
});`,
  },
  {
    concept: 'Dropout',
    purpose: 'switch units off at random, so that none relies on a single other one',
    code: 'const dropout = layers.dropout(0.2);',
  },
  {
    concept: 'Learning rate',
    purpose: 'set the length of each step',
    code: 'const optimizer = optimizers.adam({ learningRate: 0.001 });',
  },
  {
    concept: 'Early stopping',
    purpose: 'end when validation no longer improves, and keep the best weights',
    code: `const stop = callbacks.earlyStopping({
  monitor: 'valLoss',
  patience: 5,
  restoreBestWeights: true,
});`,
  },
  {
    concept: 'Supervised learning',
    purpose: 'learn from inputs with known answers',
    code: `const build = () =>
  sequential([
    layers.input({ shape: [64] }),
    layers.rescaling({ scale: 1 / 16 }),
    shrunk,
    dropout,
    sparse,
    limited,
    layers.dense({ units: 10, activation: 'softmax' }),
  ]).compile({ optimizer, loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] });
const model = build();
const history = await model.fit(train, {
  epochs: 20,
  batchSize: 32,
  validationData: validation,
  callbacks: [stop],
});
console.log('epochs', history.epochs.length);`,
  },
  {
    concept: 'Cross-validation',
    purpose: 'let every part of the data judge once, where a single split would be luck',
    code: `const { scores } = await crossValidate(build, train, {
  folds: kFold({ k: 5, shuffle: true }),
  fit: { epochs: 5 },
});
console.log('cross-validated accuracy', scores.accuracy?.mean);`,
  },
  {
    concept: 'Unsupervised learning',
    purpose: 'find groups in data without answers',
    code: `const clusters = kMeans({ k: 10 }).fit(train.x);
console.log('clusters', clusters.centres.shape[0]);`,
  },
  {
    concept: 'Test set',
    purpose: 'measure once, after all decisions',
    code: "if (data.test) console.log('test accuracy', (await model.evaluate(data.test)).accuracy);",
  },
];

/** All entries as one program that runs. */
export function cheatsheetProgram(): string {
  const parts = cheatsheet.map(({ concept, purpose, code }) => `// ${concept}: ${purpose}\n${code}`);
  return [cheatsheetHeader, ...parts].join('\n\n');
}
