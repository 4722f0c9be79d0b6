import type { History, TrialRecord } from '@luthier/search';
import { expect, test } from 'vitest';
import { commandLine } from './command-line.ts';

const trial = (purpose: TrialRecord['purpose']): Pick<TrialRecord, 'purpose'> => ({ purpose });
const history = { trials: [trial('search'), trial('search'), trial('repeat')] } as unknown as History;

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
  const commands = next(history, 1).map(({ command }) => command);
  expect(commands[0]).toBe('npx luthier tune tune.ts --resume --trials 32');
  expect(commands[1]).toBe('npx luthier show 1 --study digits');
});
