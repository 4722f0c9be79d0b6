import { generator, randomKey } from '@luthier/core';

/** Short reviews with what they say: 1 for liked, 0 for disliked. */
export interface Reviews {
  readonly texts: readonly string[];
  readonly labels: readonly number[];
}

const THINGS = [
  'film',
  'plot',
  'acting',
  'music',
  'ending',
  'dialogue',
  'camera work',
  'story',
  'lead actor',
  'pace',
];
const LIKED = [
  'wonderful',
  'moving',
  'brilliant',
  'charming',
  'gripping',
  'fresh',
  'funny',
  'superb',
  'touching',
];
const DISLIKED = [
  'dull',
  'tedious',
  'awful',
  'clumsy',
  'forgettable',
  'shallow',
  'noisy',
  'lifeless',
  'dreadful',
];
const FRAMES = [
  'the {thing} was {word}',
  'i found the {thing} {word}',
  'what a {word} {thing}',
  'a {word} {thing} from start to finish',
  'such a {word} {thing}',
];
/** A word of the other kind, turned round. */
const DENIALS = ['the {thing} was not {word}', 'the {thing} is never {word}', 'hardly a {word} {thing}'];
const NEUTRAL = [
  'we saw it on a sunday',
  'it runs for two hours',
  'my brother came along',
  'it is set in a small town',
  'the cinema was half empty',
];

/**
 * Reviews of films made of clauses: two or three opinions of one kind, a fifth of them denied opinions of the other kind
 * ('not dull'), and sentences that say nothing.
 */
export function filmReviews(count: number, seed: number): Reviews {
  const random = generator(randomKey(seed, 'reviews'));
  const pick = (list: readonly string[]): string => list[random.integer(list.length)]!;
  const labels = Array.from({ length: count }, () => random.integer(2));
  const texts = labels.map((label) => {
    const opinion = (): string => {
      const isDenied = random.uniform() < 0.2;
      const words = (label === 1) !== isDenied ? LIKED : DISLIKED;
      return pick(isDenied ? DENIALS : FRAMES)
        .replace('{thing}', pick(THINGS))
        .replace('{word}', pick(words));
    };
    const clauses = Array.from({ length: 2 + random.integer(2) }, opinion);
    clauses.splice(random.integer(clauses.length + 1), 0, pick(NEUTRAL));
    return `${clauses.join('. ')}.`;
  });
  return { texts, labels };
}
