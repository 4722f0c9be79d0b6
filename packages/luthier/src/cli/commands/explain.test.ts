import type { HyperParameters } from '@luthier/core';
import { cardGroups, cards } from '@luthier/core';
import { discoverSpace } from '@luthier/search';
import { describe, expect, it } from 'vitest';
import { searchCode } from '../display/card.ts';
import { cli } from '../fixtures/test-context.ts';

describe('luthier explain', () => {
  it('[#9] shows what a hyperparameter does, both symptoms, its range and its group', async () => {
    const { code, out, opened } = await cli('explain learningRate');
    expect(code).toBe(0);
    expect(opened).toEqual([]);
    expect(out()).toMatch(/^\n learningRate {2}optimization · also lr, eta/);
    expect(out()).toMatch(/too low +The loss falls steadily[\s\S]*the doctor says: slow, underfit/);
    expect(out()).toMatch(/too high +Updates overshoot[\s\S]*the doctor says: diverged, noisy/);
    expect(out()).toMatch(/usual +1e-4 to 0.1, log scale\n/);
    expect(out()).toMatch(/begin with +1e-3\n/);
  });

  it('finds a card by alias and by the name in a space, and prints it as JSON', async () => {
    const { out } = await cli('explain dropout2 --json');
    expect(JSON.parse(out())).toMatchObject({
      card: { name: 'dropout', group: 'regularization', default: 0.2 },
      code: "hp.float('dropout', { min: 0.1, max: 0.5, step: 0.1, default: 0.2 })",
    });
    expect(JSON.parse((await cli('explain lr --json')).out()).card.name).toBe('learningRate');
  });

  it('[#10] lists all by group without a name', async () => {
    const { out } = await cli('explain');
    let at = -1;
    for (const group of Object.keys(cardGroups)) {
      const next = out().indexOf(`\n ${group}  `);
      expect(next).toBeGreaterThan(at);
      at = next;
    }
    for (const { name } of cards) expect(out()).toContain(`   ${name} `);
    const json = JSON.parse((await cli('explain --json')).out());
    expect(json.cards).toHaveLength(cards.length);
    expect(Object.keys(json.groups)).toEqual(Object.keys(cardGroups));
  });

  it('[#5] [#6] [#7] tells parameters and hyperparameters apart with --analogy', async () => {
    const { out } = await cli('explain --analogy');
    expect(out()).toMatch(/bricks, wood and cement[\s\S]*oven temperature, baking time/);
    expect(out()).toMatch(/Learned during training\? +yes +no\n/);
    const json = JSON.parse((await cli('explain --analogy --json')).out());
    expect(json.analogies).toHaveLength(2);
    expect(json.table[0]).toMatchObject({ parameters: 'yes', hyperparameters: 'no' });
  });

  it('[#104] tells supervised from unsupervised learning with --glossary', async () => {
    const { out } = await cli('explain --glossary');
    expect(out()).toMatch(
      /supervised learning[\s\S]*pairs of inputs and outputs[\s\S]*unsupervised learning/,
    );
    const one = await cli('explain unsupervised --glossary --json');
    expect(JSON.parse(one.out()).glossary).toMatchObject([{ term: 'unsupervised learning' }]);
    const wrong = await cli('explain unsupervized --glossary');
    expect(wrong.code).toBe(2);
    expect(wrong.err()).toContain("the glossary has no 'unsupervized'");
    expect((await cli('explain --glossary --analogy')).code).toBe(2);
  });

  it('refuses unknown names with the nearest one', async () => {
    const { code, err, out } = await cli('explain learningRat');
    expect([code, out()]).toEqual([2, '']);
    expect(err()).toContain("no hyperparameter is called 'learningRat'; did you mean 'learningRate'?");
    expect((await cli('explain dropout --analogy')).code).toBe(2);
  });

  it.each(cards.map((card) => [card.name, card] as const))(
    '[#8] the code that it prints for %s declares a hyperparameter of the card',
    (name, card) => {
      const declare = new Function('hp', `return ${searchCode(card)};`) as (hp: HyperParameters) => unknown;
      const { space } = discoverSpace((hp) => void declare(hp));
      const { range } = card;
      const [found] = space.parameters;
      expect(found).toMatchObject({ name, default: card.default });
      if (range.kind === 'choice') {
        if (found!.kind !== 'boolean') expect(found).toMatchObject({ values: range.values });
      } else
        expect(found).toMatchObject({ kind: range.kind, min: range.min, max: range.max, scale: card.scale });
    },
  );
});
