import {
  columnwise,
  crossValidate,
  crossValidationTable,
  impute,
  layers,
  oneHot,
  parseCsv,
  sequential,
  standardize,
  stratifiedKFold,
  tableSamples,
} from '@luthier/nn';

// Usually `await readCsv('flats.csv')`; here the text is made.
const rows = Array.from({ length: 120 }, (_, i) => {
  const [size, rooms, town] = [
    40 + ((i * 37) % 90),
    i % 9 === 0 ? '' : 1 + (i % 4),
    ['Ulm', 'Bonn', 'Köln'][i % 3],
  ];
  return `${size},${rooms},${town},${size + (town === 'Köln' ? 30 : 0) > 90 ? 'dear' : 'cheap'}`;
});
const table = parseCsv(['size,rooms,town,price', ...rows].join('\n'));

const samples = tableSamples(table, { target: 'price', categories: ['town'], missing: 'keep' });
console.log(samples.features, samples.classes);

const cv = await crossValidate(
  () =>
    sequential([
      layers.input({ shape: [5] }),
      layers.dense({ units: 16, activation: 'relu' }),
      layers.dense({ units: 2, activation: 'softmax' }),
    ]).compile({ optimizer: 'adam', loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] }),
  samples,
  {
    folds: stratifiedKFold({ k: 4, shuffle: true }),
    fit: { epochs: 60, batchSize: 16 },
    // Fitted anew on the training part of every fold: means of gaps, spreads, which towns there are.
    prepare: {
      x: [
        columnwise([
          { columns: [0, 1], steps: [impute(), standardize()] },
          { columns: [2], steps: [oneHot({ unknown: 'zeros' })] },
        ]),
      ],
    },
  },
);
console.log(crossValidationTable(cv));
