import { LuthierError } from '@luthier/core';
import { ranges, requireNumber } from '../../layers/options.ts';
import { withWeights } from '../kept-weights.ts';
import { fromStored, toStored } from '../stored-weights.ts';
import { names } from '../tensor-names.ts';
import type { TrainedNetwork } from './custom-graph.ts';
import type { CustomRun } from './custom-run.ts';
import { inside, keptOf, outside } from './network-state.ts';

/** What callbacks may do with a run of custom steps. */
export function customControl(
  networks: readonly TrainedNetwork[],
  allKnobs: CustomRun['knobs'],
): CustomRun['control'] {
  return (read, write, stop) => ({
    stop,
    weights: () =>
      Object.assign(
        {},
        ...networks.map((network) =>
          outside(fromStored(network.plan, keptOf(network, read())), network.name),
        ),
      ),
    restoreWeights: (weights) => {
      let { arrays } = read();
      for (const { name, plan, optimizer } of networks) {
        const stored = toStored(plan, inside(weights, name));
        const before = inside(arrays, name);
        const after =
          optimizer === undefined
            ? Object.fromEntries(Object.entries(stored).map(([path, array]) => [names.weight(path), array]))
            : withWeights({ plan, optimizer }, before, stored);
        arrays = { ...arrays, ...outside(after, name) };
      }
      write({ ...read(), arrays });
    },
    knobs: () => allKnobs(read().moved, read().step + 1),
    setKnob: (name, value) => {
      const known = allKnobs(read().moved, read().step + 1);
      if (!(name in known)) {
        throw new LuthierError('LU_TRAIN_KNOB', `This run has no scalar '${name}'`, {
          fix: `Move one of ${Object.keys(known).join(', ')}.`,
          where: name,
        });
      }
      requireNumber('LU_TRAIN_KNOB', 'setKnob', name, value, ranges.finite);
      write({ ...read(), moved: { ...read().moved, [name]: value } });
    },
    toOnnx: () => {
      throw new LuthierError(
        'LU_TRAIN_STEP',
        'A custom step trains several networks, which are not one file',
        {
          fix: 'Write each network after training: model.toOnnx().',
        },
      );
    },
  });
}
