import { generator, type Params, randomKey } from '@luthier/core';
import { decode, dimensions, drawParams, encode, isFeasible } from '@luthier/search';
import { describe, expect, it } from 'vitest';
import { conditionalTasks } from './conditional.ts';

const { part, held } = conditionalTasks();

describe('conditionalTasks', () => {
  for (const task of [...part, ...held])
    it(`${task.name}: no loss is below 0, and 0 is reached but for 0.001`, async () => {
      const { space, evaluate } = await task.problem(0);
      const random = generator(randomKey(1, task.name));
      const count = dimensions(space).length;
      let reached = Number.POSITIVE_INFINITY;
      // Climbs from the best of 50 draws: some coordinates are moved a little, or anew.
      for (let climb = 0; climb < 20; climb++) {
        let best: Float64Array = new Float64Array(count);
        let least = Number.POSITIVE_INFINITY;
        const visit = async (params: Params): Promise<void> => {
          const { loss } = await evaluate(params, 0);
          expect(loss).toBeGreaterThan(-1e-12);
          if (loss < least) [least, best] = [loss, encode(space, params).point];
        };
        for (let i = 0; i < 50; i++) await visit(drawParams(space, random));
        for (let i = 0; i < 1500; i++) {
          const spread = 10 ** -random.integer(4);
          const point = best.map((u) => {
            if (random.uniform() < 0.5) return u;
            const moved = random.uniform() < 0.1 ? random.uniform() : u + spread * random.normal();
            return Math.min(1, Math.max(0, moved));
          });
          const params = decode(space, point);
          if (isFeasible(space, params)) await visit(params);
        }
        reached = Math.min(reached, least);
      }
      expect(reached).toBeLessThan(1e-3);
    });
});
