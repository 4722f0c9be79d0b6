/** One question about parameters and hyperparameters, and the answer for each. */
export interface ComparisonRow {
  readonly question: string;
  readonly parameters: string;
  readonly hyperparameters: string;
}

/** Parameters beside hyperparameters. */
export const parametersAndHyperparameters: readonly ComparisonRow[] = [
  { question: 'Learned during training?', parameters: 'yes', hyperparameters: 'no' },
  {
    question: 'Set before training?',
    parameters: 'no, only their first values are drawn',
    hyperparameters: 'yes, by hand or by a tuner',
  },
  {
    question: 'Changed by',
    parameters: 'the optimizer, in every step',
    hyperparameters: 'the search, between trials',
  },
  {
    question: 'Examples',
    parameters: 'weights, biases',
    hyperparameters: 'learning rate, batch size, epochs, layers, units, dropout, l2',
  },
  {
    question: 'Role',
    parameters: 'what the model does with an input',
    hyperparameters: 'how the model is built and trained',
  },
];
