import { LuthierError } from '../errors.ts';
import { didYouMean } from '../nearest.ts';
import { architectureCards } from './architecture.ts';
import type { CardGroup, HelpCard } from './card.ts';
import { dataCards } from './data.ts';
import { optimizationCards } from './optimization.ts';
import { regularizationCards } from './regularization.ts';

/** The groups in the order they are shown, with what they decide. */
export const cardGroups: Readonly<Record<CardGroup, string>> = {
  optimization: 'how the weights are moved',
  architecture: 'what the network is made of',
  regularization: 'what keeps it from learning by heart',
  data: 'what it learns from and is judged by',
};

/** Every card: the one table that explanations, documentation and diagnosis share. */
export const cards: readonly HelpCard[] = [
  ...optimizationCards,
  ...architectureCards,
  ...regularizationCards,
  ...dataCards,
];

const byName: ReadonlyMap<string, HelpCard> = new Map(
  cards.flatMap((card) => [card.name.toLowerCase(), ...card.aliases].map((name) => [name, card] as const)),
);

/**
 * The card of a hyperparameter by its name, an alias, or a numbered name such as `dropout1`; case, `-`, `_` and blanks
 * do not matter. Undefined when there is none.
 *
 * @example
 * findCard('learning_rate')?.default // 0.001
 */
export function findCard(name: string): HelpCard | undefined {
  const plain = name.toLowerCase().replace(/[\s_-]/g, '');
  return byName.get(plain) ?? byName.get(plain.replace(/\d+$/, ''));
}

/**
 * The card of a hyperparameter, as `findCard` finds it.
 *
 * Throws LU_CARD_UNKNOWN with the nearest name.
 *
 * @example
 * cardOf('dropout').group // 'regularization'
 */
export function cardOf(name: string): HelpCard {
  const found = findCard(name);
  if (found !== undefined) return found;
  const names = cards.map((card) => card.name);
  throw new LuthierError(
    'LU_CARD_UNKNOWN',
    `no hyperparameter is called '${name}'${didYouMean(name, [...names, ...byName.keys()])}`,
    { fix: `Use one of ${names.join(', ')}.` },
  );
}
