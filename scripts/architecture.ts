import { isBuiltin } from 'node:module';
import { posix } from 'node:path';
import { childrenOf, literalText, parseFile, type SourceFile, type SyntaxNode } from './syntax.ts';

/** What a package of the house may import. */
export interface PackageRule {
  readonly name: string;
  /** The workspace packages its imports may name. */
  readonly imports: readonly string[];
  /**
   * `all`: no file may import a module of Node. `entry`: no file that the package's main entry loads at once may (dynamic
   * imports inside functions are free). `none`: a program for Node.
   */
  readonly browser: 'all' | 'entry' | 'none';
  /** It has no dependencies but packages of the workspace. */
  readonly selfContained: boolean;
}

/** The parts of a package.json the check reads. */
export interface Manifest {
  readonly name: string;
  readonly exports?: Readonly<Record<string, unknown>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

/** A broken rule of the house. */
export interface Violation {
  readonly rule:
    | 'arrow'
    | 'undeclared'
    | 'outside'
    | 'platform'
    | 'dependency'
    | 'subpath'
    | 'defaultExport'
    | 'testImport';
  /** `packages/nn/src/x.ts:12` or a package.json. */
  readonly where: string;
  readonly message: string;
}

/** An import or re-export of a module, type-only ones included. */
export interface ModuleImport {
  readonly specifier: string;
  readonly line: number;
  readonly typeOnly: boolean;
  readonly dynamic: boolean;
}

/** The arrows of the house: folder of the package -> what it may import. */
export const HOUSE: Readonly<Record<string, PackageRule>> = {
  core: { name: '@luthier/core', imports: [], browser: 'all', selfContained: true },
  search: { name: '@luthier/search', imports: ['@luthier/core'], browser: 'all', selfContained: true },
  nn: { name: '@luthier/nn', imports: ['@luthier/core'], browser: 'entry', selfContained: false },
  plots: {
    name: '@luthier/plots',
    imports: ['@luthier/core', '@luthier/search'],
    browser: 'entry',
    selfContained: false,
  },
  studio: {
    name: '@luthier/studio',
    imports: ['@luthier/core', '@luthier/search', '@luthier/plots', '@luthier/nn'],
    browser: 'none',
    selfContained: false,
  },
  luthier: {
    name: 'luthier',
    imports: ['@luthier/core', '@luthier/search', '@luthier/plots', '@luthier/nn', '@luthier/studio'],
    browser: 'none',
    selfContained: false,
  },
};

/** Packages that run only under Node. */
const NODE_ONLY = new Set(['onnxruntime-node']);

/** Tests and what only tests import: `x.test.ts`, `testing.ts` and what lies in test/, testing/ or fixtures/. */
const isTest = (path: string): boolean =>
  /\.test\.tsx?$|\/testing\.ts$|\/(test|testing|fixtures)\//.test(path);
const mayExportDefault = (path: string): boolean => /\.config\.ts$|(^|\/)tune\.ts$|\/fixtures\//.test(path);
const isRelative = (specifier: string): boolean => /^\.{1,2}(\/|$)/.test(specifier);
const packageOf = (specifier: string): string =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');

/**
 * Every module a file imports or re-exports: statements, `import()` and `import('x').T` types.
 *
 * @example
 * importsOf({ path: 'a.ts', text: "import type { B } from './b.ts';" })
 * // [{ specifier: './b.ts', line: 1, typeOnly: true, dynamic: false }]
 */
export function importsOf(file: SourceFile): readonly ModuleImport[] {
  const found: ModuleImport[] = [];
  const visit = (node: SyntaxNode): void => {
    const dynamic = node.type === 'ImportExpression';
    const inType = node.type === 'TSImportType';
    if (dynamic || inType || /^(Import|ExportAll|ExportNamed)Declaration$/.test(node.type)) {
      const specifier = literalText(node.source);
      if (specifier !== undefined) {
        const typeOnly = inType || node.importKind === 'type' || node.exportKind === 'type';
        const line = file.text.slice(0, node.start).split('\n').length;
        found.push({ specifier, line, typeOnly, dynamic });
      }
    }
    for (const child of childrenOf(node)) visit(child);
  };
  visit(parseFile(file));
  return found;
}

function defaultExportLine(file: SourceFile): number | undefined {
  const body = parseFile(file).body as readonly SyntaxNode[];
  const found = body.find(
    (node) =>
      node.type === 'ExportDefaultDeclaration' ||
      (node.type === 'ExportNamedDeclaration' &&
        (node.specifiers as readonly SyntaxNode[]).some((one) => {
          const exported = one.exported as SyntaxNode;
          return (exported.name ?? exported.value) === 'default';
        })),
  );
  return found === undefined ? undefined : file.text.slice(0, found.start).split('\n').length;
}

function declaredBy(manifest: Manifest, withDevelopment: boolean): ReadonlySet<string> {
  return new Set(
    [
      manifest.dependencies,
      manifest.optionalDependencies,
      manifest.peerDependencies,
      withDevelopment ? manifest.devDependencies : undefined,
    ].flatMap((group) => Object.keys(group ?? {})),
  );
}

/** The files that load together with the entry: reached by value imports that are not dynamic. */
function loadedWith(entry: string, imports: ReadonlyMap<string, readonly ModuleImport[]>): Set<string> {
  const reached = new Set<string>();
  const queue = [entry];
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    if (reached.has(path) || !imports.has(path)) continue;
    reached.add(path);
    for (const { specifier, typeOnly, dynamic } of imports.get(path)!) {
      if (isRelative(specifier) && !typeOnly && !dynamic) {
        queue.push(posix.join(posix.dirname(path), specifier));
      }
    }
  }
  return reached;
}

function checkManifest(folder: string, rule: PackageRule, manifest: Manifest, names: ReadonlySet<string>) {
  const where = `packages/${folder}/package.json`;
  const violations: Violation[] = [];
  for (const dependency of declaredBy(manifest, false)) {
    if (names.has(dependency) && !rule.imports.includes(dependency)) {
      const message = `${rule.name} depends on ${dependency}, against the arrows`;
      violations.push({ rule: 'arrow', where, message });
    } else if (rule.selfContained && !names.has(dependency)) {
      const message = `${rule.name} depends on ${dependency}; it may depend on no package from outside`;
      violations.push({ rule: 'dependency', where, message });
    }
  }
  return violations;
}

/**
 * Checks the sources of the packages against the arrows of the house; type-only imports count.
 *
 * `files` are those below packages/<folder>/src, `manifests` the package.json by folder, `root` that of the workspace,
 * whose development dependencies test files may import. A package without a rule is itself a violation.
 *
 * @example
 * checkArchitecture(files, manifests, root) // [{ rule: 'arrow', where: 'packages/core/src/x.ts:3', message: ... }]
 */
export function checkArchitecture(
  files: readonly SourceFile[],
  manifests: Readonly<Record<string, Manifest>>,
  root: Manifest,
  house: Readonly<Record<string, PackageRule>> = HOUSE,
): readonly Violation[] {
  const violations: Violation[] = [];
  const names = new Set(Object.values(house).map((rule) => rule.name));
  const exportsOf = new Map(
    Object.values(manifests).map((manifest) => [manifest.name, manifest.exports ?? {}]),
  );
  const imports = new Map(files.map((file) => [file.path, importsOf(file)]));

  for (const [folder, manifest] of Object.entries(manifests)) {
    const rule = house[folder];
    const where = `packages/${folder}`;
    if (rule === undefined) {
      violations.push({ rule: 'arrow', where, message: `${manifest.name} has no place among the arrows` });
      continue;
    }
    violations.push(...checkManifest(folder, rule, manifest, names));
    const loaded = loadedWith(`${where}/src/index.ts`, imports);

    for (const file of files.filter(({ path }) => path.startsWith(`${where}/`))) {
      const test = isTest(file.path);
      const declared = declaredBy(manifest, test);
      const report = (kind: Violation['rule'], line: number, message: string): void => {
        violations.push({ rule: kind, where: `${file.path}:${line}`, message });
      };
      const line = mayExportDefault(file.path) ? undefined : defaultExportLine(file);
      if (line !== undefined)
        report('defaultExport', line, 'default exports are for configuration and tuning files');

      for (const { specifier, line, typeOnly, dynamic } of imports.get(file.path)!) {
        if (isRelative(specifier)) {
          const target = posix.join(posix.dirname(file.path), specifier);
          if (!target.startsWith(`${where}/`)) {
            report('outside', line, `'${specifier}' leaves ${where}; import the package by its name`);
          } else if (!test && isTest(target)) {
            report('testImport', line, `'${specifier}' belongs to the tests`);
          }
          continue;
        }
        const imported = packageOf(specifier);
        const platform = isBuiltin(specifier) || NODE_ONLY.has(imported);
        if (platform && !test) {
          const atOnce = loaded.has(file.path) && !dynamic && !typeOnly;
          if (rule.browser === 'all' || (rule.browser === 'entry' && atOnce)) {
            report(
              'platform',
              line,
              `'${specifier}' exists only in Node; ${rule.name} must load in a browser`,
            );
          }
        }
        if (isBuiltin(specifier)) continue;
        // Tests may use their own package as its users do: by its name.
        const own = test && imported === rule.name;
        if (names.has(imported)) {
          if (!own && !rule.imports.includes(imported)) {
            const reason =
              imported === rule.name ? 'use a relative path inside a package' : 'against the arrows';
            report('arrow', line, `${rule.name} imports ${imported}: ${reason}`);
            continue;
          }
          const subpath = `.${specifier.slice(imported.length)}`;
          if (!(subpath in (exportsOf.get(imported) ?? {}))) {
            report('subpath', line, `'${specifier}' is no export of ${imported}`);
          }
        }
        const known =
          own || declared.has(imported) || (test && root.devDependencies?.[imported] !== undefined);
        if (!known) report('undeclared', line, `'${imported}' is not declared in ${where}/package.json`);
      }
    }
  }
  return violations;
}
