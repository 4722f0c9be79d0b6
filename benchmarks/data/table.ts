import { generator, randomKey } from '@luthier/core';

const WORDS = ['red', 'green', 'blue', 'dark red', 'pale blue'];
const TOWNS = ['"Ulm, Donau"', '"Halle ""an der Saale"""', '"Bonn"'];

/** CSV text of ten columns with a header: eight of numbers, each with one gap in 50 cells, one of text, one quoted. */
export function csvText(rows: number): string {
  const random = generator(randomKey(1, 'csv'));
  const lines = ['a,b,c,d,e,f,g,h,colour,town'];
  for (let row = 0; row < rows; row++) {
    const cells = Array.from({ length: 8 }, () =>
      random.uniform() < 0.02 ? '' : (100 * random.normal()).toFixed(4),
    );
    lines.push(
      [...cells, WORDS[random.integer(WORDS.length)], TOWNS[random.integer(TOWNS.length)]].join(','),
    );
  }
  return `${lines.join('\n')}\n`;
}
