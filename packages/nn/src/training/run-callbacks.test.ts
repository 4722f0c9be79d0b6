import { expect, test } from 'vitest';
import type { CallbackFactory, RunInfo } from './callback.ts';
import { createCallbacks, restoreCallbacks, savedRun } from './run-callbacks.ts';
import { emptySums } from './sums.ts';

const info: RunInfo = { monitors: ['loss'], epochs: 1, direction: () => 'min' };

/** Counts from `start`, and keeps the count in checkpoints. */
function counter(name: string, start: number, seen: number[]): CallbackFactory {
  return {
    name,
    create: () => ({
      state: () => ({ values: { count: start } }),
      restoreState: ({ values }) => {
        seen.push(Number(values.count));
      },
    }),
  };
}

test('callbacks of one name are told apart, and each gets its own state back', () => {
  const seen: number[] = [];
  const factories = [counter('count', 1, seen), counter('count', 2, seen), counter('other', 3, seen)];
  const callbacks = createCallbacks(factories, info);
  expect(callbacks.map(({ name }) => name)).toEqual(['count', 'count2', 'other']);
  const identity = { structure: '', seed: 0, rows: 1, batchSize: 1, shuffle: true };
  const state = { arrays: {}, step: 0, epoch: 0, cursor: 0, sums: emptySums([]), epochs: [], moved: {} };
  restoreCallbacks(createCallbacks(factories, info), savedRun({ identity, callbacks }, state));
  expect(seen).toEqual([1, 2, 3]);
});

test('a callback that a saved run does not know keeps its beginning', () => {
  const seen: number[] = [];
  const identity = { structure: '', seed: 0, rows: 1, batchSize: 1, shuffle: true };
  const state = { arrays: {}, step: 0, epoch: 0, cursor: 0, sums: emptySums([]), epochs: [], moved: {} };
  const saved = savedRun({ identity, callbacks: createCallbacks([counter('old', 1, seen)], info) }, state);
  restoreCallbacks(createCallbacks([counter('new', 2, seen)], info), saved);
  expect(seen).toEqual([]);
});
