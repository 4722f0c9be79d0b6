// Keeps docs/coverage.md: which tests prove which item of the checklist.
//   node scripts/coverage-ledger.ts           checks; exit code 1 when something is wrong
//   node scripts/coverage-ledger.ts --write   writes docs/coverage.md, lists what could be set to done, then checks
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readFiles, repositoryRoot } from './repository.ts';
import {
  childrenOf,
  isSyntaxNode,
  literalText,
  parseFile,
  type SourceFile,
  type SyntaxNode,
} from './syntax.ts';

const STATUSES = ['done', 'open', 'optional', 'outOfScope'] as const;

/** How far an item is. */
export type ItemStatus = (typeof STATUSES)[number];

/** An item of the checklist: `#1` to `#115` or a benchmark `K1` to `K9`. */
export interface Item {
  readonly id: string;
  readonly title: string;
  readonly status: ItemStatus;
}

/** A test whose title, or that of a group around it, carries marks such as `[#77]` or `[K5, #12]`. */
export interface MarkedTest {
  readonly file: string;
  /** Titles of groups and test, marks removed, joined by ' › '. */
  readonly title: string;
  readonly ids: readonly string[];
}

/** What the ledger compares. */
export interface Ledger {
  readonly items: readonly Item[];
  readonly tests: readonly MarkedTest[];
  /** The committed text of docs/coverage.md; undefined when there is none. */
  readonly page: string | undefined;
}

/** All items there must be, in order. */
export const ITEM_IDS: readonly string[] = [
  ...Array.from({ length: 115 }, (_, i) => `#${i + 1}`),
  ...Array.from({ length: 9 }, (_, i) => `K${i + 1}`),
];

const MARK = /\[((?:#|K(?=\d))[^\]]*)\]\s*/g;

/** `test` of `test(...)`, `test.each(rows)(...)` and `describe.sequential(...)`, with the names between. */
function calledNames(callee: unknown): readonly string[] {
  if (!isSyntaxNode(callee)) return [];
  if (callee.type === 'Identifier') return [callee.name as string];
  if (callee.type === 'CallExpression') return calledNames(callee.callee);
  if (callee.type === 'TaggedTemplateExpression') return calledNames(callee.tag);
  if (callee.type === 'MemberExpression') {
    const property = callee.property as SyntaxNode;
    return [
      ...calledNames(callee.object),
      ...(property.type === 'Identifier' ? [property.name as string] : []),
    ];
  }
  return [];
}

/**
 * The tests of a file that carry marks. Tests that are skipped, planned or expected to fail prove nothing and are left out.
 *
 * @example
 * markedTests({ path: 'a.test.ts', text: "test('[#77] has 16 values', () => {});" })
 * // [{ file: 'a.test.ts', title: 'has 16 values', ids: ['#77'] }]
 */
export function markedTests(file: SourceFile): readonly MarkedTest[] {
  if (file.text.search(MARK) < 0) return [];
  const found: MarkedTest[] = [];
  const visit = (node: SyntaxNode, groups: readonly string[]): void => {
    const names = node.type === 'CallExpression' ? calledNames(node.callee) : [];
    const isGroup = names[0] === 'describe' || names[0] === 'suite';
    const isTest = names[0] === 'test' || names[0] === 'it';
    const title = isGroup || isTest ? literalText((node.arguments as readonly unknown[])[0]) : undefined;
    if (title !== undefined && names.some((name) => ['skip', 'todo', 'fails'].includes(name))) return;
    const titles = title === undefined ? groups : [...groups, title];
    if (title !== undefined && isTest) {
      const whole = titles.join(' › ');
      const ids = [...whole.matchAll(MARK)].flatMap((match) => match[1]!.split(',').map((id) => id.trim()));
      if (ids.length > 0) {
        found.push({ file: file.path, title: whole.replaceAll(MARK, '').trim(), ids: [...new Set(ids)] });
      }
    }
    for (const child of childrenOf(node)) visit(child, titles);
  };
  visit(parseFile(file), []);
  return found;
}

function testsById(tests: readonly MarkedTest[]): ReadonlyMap<string, readonly MarkedTest[]> {
  const byId = new Map<string, MarkedTest[]>();
  for (const test of tests) {
    for (const id of test.ids) {
      const known = byId.get(id);
      if (known === undefined) byId.set(id, [test]);
      else known.push(test);
    }
  }
  return byId;
}

const cell = (text: string): string => text.replace(/[|\\<>*_`[\]]/g, '\\$&').replaceAll('\n', ' ');

/** The text of docs/coverage.md. */
export function coveragePage(items: readonly Item[], tests: readonly MarkedTest[]): string {
  const byId = testsById(tests);
  const count = (status: ItemStatus): number => items.filter((item) => item.status === status).length;
  const proven = items.filter((item) => byId.has(item.id)).length;
  const rows = items.map((item) => {
    const byFile = Map.groupBy(byId.get(item.id) ?? [], (test) => test.file);
    const proofs = [...byFile].map(
      ([file, of]) =>
        `[${file.split('/').at(-1)}](../${file}): ${[...new Set(of.map((test) => cell(test.title)))].join('; ')}`,
    );
    const status = item.status === 'outOfScope' ? 'out of scope' : item.status;
    return `| ${item.id} | ${cell(item.title)} | ${status} | ${proofs.join('<br>')} |`;
  });
  return `# Coverage of the checklist

Generated by \`node scripts/coverage-ledger.ts --write\` from the titles of the tests and from coverage-items.json; a test
fails when this page is out of date, or when an item is called done and no test proves it.

${items.length} items: ${count('done')} done, ${count('open')} open, ${count('optional')} optional, ${count('outOfScope')} out of scope. ${proven} have tests. A test may prove one aspect of
an item; an item is done when its tests prove all of it.

| Item | What it is | Status | Tests |
|---|---|---|---|
${rows.join('\n')}
`;
}

/**
 * What is wrong with the ledger: items missing, unknown, named twice or with a status there is not; an item that is done
 * without a test; a test that names an unknown item; a page that is out of date. Empty when all is well.
 */
export function checkLedger(ledger: Ledger): readonly string[] {
  const { items, tests, page } = ledger;
  const problems: string[] = [];
  const byId = testsById(tests);
  const listed = items.map((item) => item.id);
  for (const id of ITEM_IDS) {
    const times = listed.filter((one) => one === id).length;
    if (times !== 1) problems.push(`docs/coverage-items.json lists ${id} ${times} times instead of once`);
  }
  for (const { id, title, status } of items) {
    if (!ITEM_IDS.includes(id)) problems.push(`docs/coverage-items.json lists ${id}, which is no item`);
    if (!STATUSES.includes(status))
      problems.push(`${id} has the status '${status}'; there are ${STATUSES.join(', ')}`);
    if (title.trim() === '') problems.push(`${id} has no title`);
    if (status === 'done' && !byId.has(id)) problems.push(`${id} (${title}) is done, but no test proves it`);
  }
  for (const test of tests) {
    for (const id of test.ids) {
      if (!ITEM_IDS.includes(id)) {
        problems.push(`${test.file}: '${test.title}' names ${id}; items are #1 to #115 and K1 to K9`);
      }
    }
  }
  if (page !== coveragePage(items, tests)) {
    problems.push('docs/coverage.md is out of date; run node scripts/coverage-ledger.ts --write');
  }
  return problems;
}

/** Items that have tests and are still open: candidates for done. */
export function provenButOpen(items: readonly Item[], tests: readonly MarkedTest[]): readonly Item[] {
  const byId = testsById(tests);
  return items.filter((item) => item.status === 'open' && byId.has(item.id));
}

const PAGE = join(repositoryRoot, 'docs', 'coverage.md');

/** The ledger of the repository as its files are now. */
export function readLedger(): Ledger {
  const sources = readFiles(['packages/**/*.test.ts', 'examples/**/*.test.ts', 'scripts/**/*.test.ts']);
  return {
    items: JSON.parse(
      readFileSync(join(repositoryRoot, 'docs', 'coverage-items.json'), 'utf8'),
    ) as readonly Item[],
    // The titles in this tool's own tests are about marks and prove no item.
    tests: sources.filter((file) => !file.path.startsWith('scripts/coverage-ledger')).flatMap(markedTests),
    page: existsSync(PAGE) ? readFileSync(PAGE, 'utf8') : undefined,
  };
}

function main(write: boolean): number {
  const ledger = readLedger();
  const written = write ? coveragePage(ledger.items, ledger.tests) : undefined;
  if (written !== undefined) {
    writeFileSync(PAGE, written);
    const open = provenButOpen(ledger.items, ledger.tests);
    if (open.length > 0) {
      process.stdout.write(
        `Have tests and are open; set them to done in docs/coverage-items.json when all is proven:\n`,
      );
      for (const item of open) process.stdout.write(`  ${item.id}  ${item.title}\n`);
    }
  }
  const problems = checkLedger(written === undefined ? ledger : { ...ledger, page: written });
  for (const problem of problems) process.stderr.write(`${problem}\n`);
  return problems.length === 0 ? 0 : 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.exitCode = main(process.argv.includes('--write'));
}
