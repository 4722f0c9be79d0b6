import type { HelpCard } from './card.ts';

/** How the data are divided. */
export const dataCards: readonly HelpCard[] = [
  {
    name: 'validationSplit',
    aliases: ['validation', 'holdout', 'validationshare'],
    group: 'data',
    what: 'Share of the samples that is kept from training and decides between configurations.',
    tooLow: {
      when: 'too low',
      text: 'Scores of the few samples jump by luck, and the winner may be the luckiest.',
      looksLike: ['noisy', 'easyValidation'],
    },
    tooHigh: {
      when: 'too high',
      text: 'Too little is left to train on, and the gap opens for want of data.',
      looksLike: ['overfit'],
    },
    range: { kind: 'float', min: 0.1, max: 0.3, step: 0.05 },
    default: 0.2,
    scale: 'linear',
    tip: 'Fix it before the search and keep the test set out of both; stratify when classes are uneven.',
    advice: {},
  },
  {
    name: 'folds',
    aliases: ['kfold', 'k', 'crossvalidation'],
    group: 'data',
    what: 'Parts of the data that take turns as validation set; the score is the mean over them.',
    tooLow: {
      when: 'too few',
      text: 'The score hangs on one split, and each model trains on a small part of the data.',
      looksLike: ['noisy', 'overfit'],
    },
    tooHigh: {
      when: 'too many',
      text: 'Every trial costs as many trainings, each judged on a handful of samples.',
      looksLike: ['noisy'],
    },
    range: { kind: 'int', min: 3, max: 10 },
    default: 5,
    scale: 'linear',
    tip: 'For small data; with tens of thousands of samples one validation set says as much.',
    advice: {},
  },
];
