import { fmin, hyperopt, spaceEval, Trials } from '@luthier/search';

const searched = {
  rate: hyperopt.loguniform('rate', Math.log(1e-5), Math.log(1e-1)),
  model: hyperopt.choice('model', [
    { kind: 'forest', trees: hyperopt.quniform('trees', 10, 100, 10) },
    { kind: 'line' },
  ]),
};
const trials = new Trials();
const best = await fmin(
  ({ rate, model }) => Math.abs(Math.log10(rate) + 3) + (model.kind === 'line' ? 0 : 1),
  searched,
  { maxEvals: 50, trials },
);
console.log(spaceEval(searched, best), trials.bestTrial?.loss);
