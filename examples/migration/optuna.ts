import { optimize } from '@luthier/search';

const { params, value } = await optimize(
  (_, trial) => {
    const x = trial.suggestFloat('x', -10, 10);
    const kind = trial.suggestCategorical('kind', ['near', 'far']);
    return (x - 2) ** 2 + (kind === 'far' ? trial.suggestInt('penalty', 1, 3) : 0);
  },
  { trials: 100 },
);
console.log(params, value);
