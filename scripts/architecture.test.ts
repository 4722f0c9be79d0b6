import { describe, expect, test } from 'vitest';
import { checkArchitecture, HOUSE, importsOf, type Manifest, type Violation } from './architecture.ts';
import { readFiles } from './repository.ts';

const manifest = (
  name: string,
  dependencies: Readonly<Record<string, string>>,
  more: Partial<Manifest> = {},
) => ({
  name,
  dependencies,
  exports: { '.': './src/index.ts' },
  ...more,
});

const MANIFESTS: Readonly<Record<string, Manifest>> = {
  core: manifest('@luthier/core', {}),
  search: manifest('@luthier/search', { '@luthier/core': '0.1.0' }),
  nn: manifest(
    '@luthier/nn',
    { '@luthier/core': '0.1.0', 'onnxruntime-node': '1.0.0' },
    {
      exports: { '.': './src/index.ts', './node': './src/node.ts' },
    },
  ),
  plots: manifest('@luthier/plots', { '@luthier/core': '0.1.0', '@luthier/search': '0.1.0' }),
  studio: manifest('@luthier/studio', { '@luthier/nn': '0.1.0' }),
  luthier: manifest('luthier', {
    '@luthier/core': '0.1.0',
    '@luthier/nn': '0.1.0',
    '@luthier/studio': '0.1.0',
  }),
};
const ROOT: Manifest = { name: 'root', devDependencies: { vitest: '1.0.0' } };

const check = (files: Readonly<Record<string, string>>, manifests = MANIFESTS): readonly Violation[] =>
  checkArchitecture(
    Object.entries(files).map(([path, text]) => ({ path: `packages/${path}`, text })),
    manifests,
    ROOT,
  );
const rules = (path: string, text: string): string[] => check({ [path]: text }).map(({ rule }) => rule);

describe('the repository', () => {
  const files = readFiles(['packages/*/src/**/*.ts', 'packages/*/src/**/*.tsx']);
  const manifests = Object.fromEntries(
    readFiles(['packages/*/package.json']).map(({ path, text }) => [path.split('/')[1]!, JSON.parse(text)]),
  );

  test('keeps to the arrows of the design', () => {
    const root = JSON.parse(readFiles(['package.json'])[0]!.text) as Manifest;
    expect(checkArchitecture(files, manifests, root)).toEqual([]);
  });

  test('consists of the six packages, each with sources', () => {
    expect(Object.keys(manifests).sort()).toEqual(Object.keys(HOUSE).sort());
    for (const folder of Object.keys(HOUSE)) {
      expect(files.some(({ path }) => path === `packages/${folder}/src/index.ts`)).toBe(true);
    }
  });
});

describe('importsOf', () => {
  test('finds statements, re-exports, types and dynamic imports, not comments or strings', () => {
    const text = [
      "import { a } from './a.ts';",
      "import type { B } from './b.ts';",
      "export * from './c.ts';",
      "export type { D } from './d.ts';",
      "import './e.ts';",
      "let f: import('./f.ts').F;",
      "const g = async () => import('./g.ts');",
      'const h = import(`./h.ts`);',
      "// import './no.ts'",
      'const text = "import \'./no.ts\'";',
    ].join('\n');
    const found = importsOf({ path: 'x.ts', text });
    expect(found.map((one) => one.specifier)).toEqual(
      ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((x) => `./${x}.ts`),
    );
    expect(found.filter((one) => one.typeOnly).map((one) => one.specifier)).toEqual([
      './b.ts',
      './d.ts',
      './f.ts',
    ]);
    expect(found.filter((one) => one.dynamic).map((one) => one.line)).toEqual([7, 8]);
  });

  test('names a file that is not TypeScript', () => {
    expect(() => importsOf({ path: 'broken.ts', text: 'import {' })).toThrow('broken.ts cannot be parsed');
  });
});

describe('checkArchitecture', () => {
  test('passes what the arrows allow', () => {
    const found = check({
      'core/src/index.ts': "export { a } from './a.ts';",
      'core/src/a.ts': 'export const a = 1;',
      'core/src/a.test.ts': "import { test } from 'vitest';\nimport 'node:fs';\nimport './a.ts';",
      'search/src/index.ts': "import type { a } from '@luthier/core';",
      'nn/src/index.ts':
        "export const read = async () => import('node:fs');\nimport type { Stats } from 'node:fs';",
      'nn/src/node.ts': "import 'onnxruntime-node';\nimport fs from 'node:fs';",
      'plots/src/index.ts': "import '@luthier/search';",
      'studio/src/index.ts': "import '@luthier/nn';",
      'luthier/src/index.ts': "import '@luthier/nn/node';\nimport '@luthier/studio';\nimport 'node:fs';",
      'luthier/src/vite.config.ts': 'export default {};',
      'luthier/test/fixtures/tune.ts': 'export default {};',
    });
    expect(found).toEqual([]);
  });

  // Every pair of packages that the design does not join.
  const folders = Object.keys(HOUSE);
  const forbidden = folders.flatMap((from) =>
    folders.filter((to) => !HOUSE[from]!.imports.includes(HOUSE[to]!.name)).map((to) => [from, to] as const),
  );
  test.each(forbidden)('%s -> %s is refused, as a type too', (from, to) => {
    const name = HOUSE[to]!.name;
    for (const text of [
      `import '${name}';`,
      `import type { A } from '${name}';`,
      `export type * from '${name}';`,
      `type A = import('${name}').A;`,
      `const a = import('${name}');`,
    ]) {
      expect(rules(`${from}/src/x.ts`, text)).toEqual(['arrow']);
    }
  });

  test('tests may import their own package by name, through its exports', () => {
    for (const path of ['nn/src/x.test.ts', 'nn/src/testing/kit.ts']) {
      expect(rules(path, "import '@luthier/nn/node';")).toEqual([]);
      expect(rules(path, "import '@luthier/nn/src/x.ts';")).toEqual(['subpath']);
      expect(rules(path, "import '@luthier/search';")).toEqual(['arrow']);
    }
  });

  test('draws the arrows of the design and no others', () => {
    expect(forbidden.length).toBe(36 - (0 + 1 + 1 + 2 + 4 + 5));
  });

  test('a dependency against the arrows is refused in package.json', () => {
    const manifests = { ...MANIFESTS, nn: manifest('@luthier/nn', { '@luthier/search': '0.1.0' }) };
    expect(check({}, manifests)).toEqual([
      {
        rule: 'arrow',
        where: 'packages/nn/package.json',
        message: '@luthier/nn depends on @luthier/search, against the arrows',
      },
    ]);
  });

  test('core and search have no dependency from outside', () => {
    for (const [folder, name] of [
      ['core', '@luthier/core'],
      ['search', '@luthier/search'],
    ] as const) {
      const manifests = { ...MANIFESTS, [folder]: manifest(name, { lodash: '1.0.0' }) };
      expect(check({}, manifests).map(({ rule }) => rule)).toEqual(['dependency']);
    }
  });

  test('core and search import no module of Node, under any spelling', () => {
    for (const folder of ['core', 'search']) {
      for (const text of [
        "import 'node:fs';",
        "import 'fs';",
        "import 'fs/promises';",
        "import type { Stats } from 'node:fs';",
        "export const f = () => import('node:fs');",
      ]) {
        expect(rules(`${folder}/src/x.ts`, text)).toEqual(['platform']);
      }
    }
  });

  test('what the entry of nn loads at once has no module of Node, however deep', () => {
    const files = {
      'nn/src/index.ts': "export { a } from './a.ts';\nexport type { C } from './c.ts';",
      'nn/src/a.ts': "import './b/b.ts';",
      'nn/src/b/b.ts': "import 'onnxruntime-node';\nimport '../a.ts';",
      'nn/src/c.ts': "import 'node:fs';",
    };
    expect(check(files).map(({ rule, where }) => [rule, where])).toEqual([
      ['platform', 'packages/nn/src/b/b.ts:1'],
    ]);
  });

  test('a package that is not declared is refused, and development ones outside of tests', () => {
    expect(rules('plots/src/x.ts', "import 'echarts';")).toEqual(['undeclared']);
    expect(rules('plots/src/x.ts', "import '@scope/name/deep';")).toEqual(['undeclared']);
    expect(rules('studio/src/x.ts', "import '@luthier/core';")).toEqual(['undeclared']);
    expect(rules('plots/src/x.ts', "import 'vitest';")).toEqual(['undeclared']);
    expect(rules('plots/src/x.test.ts', "import 'vitest';")).toEqual([]);
  });

  test('a path into another package is refused', () => {
    expect(rules('search/src/x.ts', "import '../../core/src/index.ts';")).toEqual(['outside']);
    expect(rules('search/src/deep/x.ts', "import '../../../../scripts/setup.mjs';")).toEqual(['outside']);
    expect(rules('search/src/deep/x.test.ts', "import type { A } from '../../../core/src/a.ts';")).toEqual([
      'outside',
    ]);
  });

  test('an inner file of another package is refused', () => {
    expect(rules('search/src/x.ts', "import '@luthier/core/src/a.ts';")).toEqual(['subpath']);
    expect(rules('luthier/src/x.ts', "import '@luthier/nn/web';")).toEqual(['subpath']);
  });

  test('default exports are refused in every form', () => {
    expect(rules('core/src/x.ts', 'export default 1;')).toEqual(['defaultExport']);
    expect(rules('core/src/x.ts', 'const a = 1;\nexport { a as default };')).toEqual(['defaultExport']);
    expect(rules('core/src/x.ts', "export { default } from './y.ts';")).toEqual(['defaultExport']);
  });

  test('a file of the tests is refused outside of tests', () => {
    expect(rules('core/src/x.ts', "import './y.test.ts';")).toEqual(['testImport']);
    expect(rules('core/src/x.ts', "import '../test/helper.ts';")).toEqual(['testImport']);
    expect(rules('core/src/x.ts', "import './graph/testing.ts';")).toEqual(['testImport']);
    expect(rules('core/src/x.ts', "import './testing/kit.ts';")).toEqual(['testImport']);
    expect(rules('core/src/x.test.ts', "import '../test/helper.ts';")).toEqual([]);
    expect(rules('core/src/graph/testing.ts', "import { expect } from 'vitest';")).toEqual([]);
  });

  test('a package without a place in the house is refused', () => {
    const manifests = { ...MANIFESTS, extra: manifest('@luthier/extra', {}) };
    expect(check({}, manifests)).toEqual([
      { rule: 'arrow', where: 'packages/extra', message: '@luthier/extra has no place among the arrows' },
    ]);
  });

  test('names file and line', () => {
    expect(check({ 'core/src/x.ts': "const a = 1;\n\nimport '@luthier/nn';" })).toEqual([
      {
        rule: 'arrow',
        where: 'packages/core/src/x.ts:3',
        message: '@luthier/core imports @luthier/nn: against the arrows',
      },
    ]);
  });
});
