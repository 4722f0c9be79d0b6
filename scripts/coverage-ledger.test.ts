import { describe, expect, test } from 'vitest';
import {
  checkLedger,
  coveragePage,
  ITEM_IDS,
  type Item,
  type MarkedTest,
  markedTests,
  provenButOpen,
  readLedger,
} from './coverage-ledger.ts';

describe('the repository', () => {
  test('has a ledger that is complete, true and up to date', () => {
    expect(checkLedger(readLedger())).toEqual([]);
  });
});

const items = (changes: Readonly<Record<string, Partial<Item>>> = {}): Item[] =>
  ITEM_IDS.map((id) => ({ id, title: `What ${id} asks`, status: 'open', ...changes[id] }));
const proof: MarkedTest = { file: 'packages/nn/src/a.test.ts', title: 'has 16 values', ids: ['#77'] };

/** Problems of a ledger whose page is up to date. */
const problems = (list: readonly Item[], tests: readonly MarkedTest[]): readonly string[] =>
  checkLedger({ items: list, tests, page: coveragePage(list, tests) });

describe('checkLedger', () => {
  test('has nothing to say about a true ledger', () => {
    expect(problems(items({ '#77': { status: 'done' }, '#114': { status: 'outOfScope' } }), [proof])).toEqual(
      [],
    );
  });

  test('fails on an item that is done without a test', () => {
    expect(problems(items({ '#78': { status: 'done' } }), [proof])).toEqual([
      '#78 (What #78 asks) is done, but no test proves it',
    ]);
  });

  test('fails on a test that names an unknown item', () => {
    for (const id of ['#116', '#0', 'K10', '#77-#79', '#077']) {
      expect(problems(items(), [{ ...proof, ids: ['#77', id] }])).toEqual([
        `packages/nn/src/a.test.ts: 'has 16 values' names ${id}; items are #1 to #115 and K1 to K9`,
      ]);
    }
  });

  test('fails on a page that is missing or out of date', () => {
    const stale = ['docs/coverage.md is out of date; run node scripts/coverage-ledger.ts --write'];
    expect(checkLedger({ items: items(), tests: [proof], page: coveragePage(items(), []) })).toEqual(stale);
    expect(checkLedger({ items: items(), tests: [], page: undefined })).toEqual(stale);
  });

  test('fails on items that are missing, twice there, unknown, of no known status or without a title', () => {
    expect(problems(items().slice(1), [])).toEqual([
      'docs/coverage-items.json lists #1 0 times instead of once',
    ]);
    expect(problems([...items(), items()[0]!], [])).toEqual([
      'docs/coverage-items.json lists #1 2 times instead of once',
    ]);
    const unknown: Item = { id: '#116', title: 'More', status: 'open' };
    expect(problems([...items(), unknown], [])).toEqual([
      'docs/coverage-items.json lists #116, which is no item',
    ]);
    const status = 'finished' as Item['status'];
    expect(problems(items({ K1: { status } }), [])).toEqual([
      "K1 has the status 'finished'; there are done, open, optional, outOfScope",
    ]);
    expect(problems(items({ K1: { title: ' ' } }), [])).toEqual(['K1 has no title']);
  });
});

describe('markedTests', () => {
  const titles = (text: string): unknown[] =>
    markedTests({ path: 'a.test.ts', text }).map(({ title, ids }) => [title, ids]);

  test('reads the marks of test, it and their variants', () => {
    expect(
      titles(`
        test('[#77] one', () => {});
        it("[#78] [K5] two", async () => {});
        test.each([1])('[#79, #80] of %s', () => {});
        test.concurrent(\`[#81] size \${n}\`, () => {});
        for (const n of []) test('[#82][#83] looped', () => {});
        test('without a mark', () => {});
      `),
    ).toEqual([
      ['one', ['#77']],
      ['two', ['#78', 'K5']],
      ['of %s', ['#79', '#80']],
      ['size …', ['#81']],
      ['looped', ['#82', '#83']],
    ]);
  });

  test('a mark of a group holds for every test in it', () => {
    expect(
      titles(
        "describe('[K4] optimizers', () => { test('[#58] Adam', () => {}); test('other', () => {}); });",
      ),
    ).toEqual([
      ['optimizers › Adam', ['K4', '#58']],
      ['optimizers › other', ['K4']],
    ]);
  });

  test('skipped, planned and failing tests, comments and other strings prove nothing', () => {
    expect(
      titles(`
        test.skip('[#1] a', () => {});
        test.todo('[#2] b');
        test.fails('[#9] i', () => {});
        describe.skip('[#3] c', () => { test('[#4] d', () => {}); });
        // test('[#5] e', () => {});
        const text = "test('[#6] f', () => {})";
        log('[#7] g');
        describe('[#8] empty', () => {});
      `),
    ).toEqual([]);
  });

  test('a malformed mark is kept, so that the check can refuse it', () => {
    expect(titles("test('[#77-#79] range', () => {});")).toEqual([['range', ['#77-#79']]]);
    expect(titles("test('[Keras] is no mark, [#12] is', () => {});")).toEqual([
      ['[Keras] is no mark, is', ['#12']],
    ]);
  });
});

describe('coveragePage', () => {
  test('counts, and lists the tests of an item by file', () => {
    const page = coveragePage(items({ '#77': { status: 'done' }, '#114': { status: 'outOfScope' } }), [
      proof,
      { ...proof, title: 'a | b' },
    ]);
    expect(page).toContain('124 items: 1 done, 122 open, 0 optional, 1 out of scope. 1 have tests.');
    expect(page).toContain(
      '| #77 | What #77 asks | done | [a.test.ts](../packages/nn/src/a.test.ts): has 16 values; a \\| b |',
    );
    expect(page).toContain('| #114 | What #114 asks | out of scope |  |');
  });

  test('candidates for done are the open items with tests', () => {
    const optional: MarkedTest = { ...proof, ids: ['#106'] };
    const list = items({ '#106': { status: 'optional' } });
    expect(provenButOpen(list, [proof, optional]).map((item) => item.id)).toEqual(['#77']);
  });
});
