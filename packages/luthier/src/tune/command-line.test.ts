import { type History, maximize, type TrialRecord } from '@luthier/search';
import { expect, test } from 'vitest';
import { commandLine } from './command-line.ts';

const trial = (purpose: TrialRecord['purpose'], seconds: number) => ({
  purpose,
  reports: { steps: [12], seconds: [seconds] },
  state: 'complete',
  values: [0.9],
});
const historyWith = (budget: History['budget']): History =>
  ({
    budget,
    objectives: [maximize('valAccuracy')],
    trials: [trial('search', 300), trial('search', 120), trial('repeat', 900)],
  }) as unknown as History;

test('defaults need no flags', () => {
  const { resume } = commandLine({ file: 'tune.ts', store: 'runs/studies.db' }, 'digits', 'digits');
  expect(resume).toBe('npx luthier tune tune.ts --resume');
});

test('another store and another name are kept, with words quoted for a shell', () => {
  const { resume } = commandLine({ file: 'my tune.ts', store: "it's.db" }, 'wide', 'digits');
  expect(resume).toBe(`npx luthier tune 'my tune.ts' --store 'it'\\''s.db' --study wide --resume`);
});

test('going on asks for 30 search trials more than there are', () => {
  const { next } = commandLine({ file: 'tune.ts', store: 'runs/studies.db' }, 'digits', 'digits');
  const commands = next(historyWith({ trials: 2 }), 1, 2).map(({ command }) => command);
  expect(commands[0]).toBe('npx luthier tune tune.ts --resume --trials 32');
  expect(commands[1]).toBe('npx luthier show 1 --study digits');
});

test('going on grants as much time again, since a used-up limit would end the search at once', () => {
  const { next } = commandLine({ file: 'tune.ts', store: 'runs/studies.db' }, 'digits', 'digits');
  // 420 s of search training by two workers: 3.5 minutes used of 2.
  const [first] = next(historyWith({ trials: 30, minutes: 2 }), 1, 2);
  expect(first?.command).toBe('npx luthier tune tune.ts --resume --trials 32 --minutes 6');
});

test('going on grants as many epochs again, and aims beyond a target that was reached', () => {
  const { next } = commandLine({ file: 'tune.ts', store: 'runs/studies.db' }, 'digits', 'digits');
  const first = (budget: History['budget']) => next(historyWith(budget), 1, 2)[0]!.command;
  expect(first({ epochs: 20 })).toBe('npx luthier tune tune.ts --resume --trials 32 --max-epochs 44');
  expect(first({ target: 0.9 })).toBe('npx luthier tune tune.ts --resume --trials 32 --target 0.909');
  expect(first({ target: 0.95 })).toBe('npx luthier tune tune.ts --resume --trials 32');
});
