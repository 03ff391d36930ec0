import { readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join } from 'node:path';

const root = join(__dirname, '../..');
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  name: string;
  dependencies: Record<string, string>;
  peerDependencies: Record<string, string>;
};

/** A package in a `require`, an `import` or an `import type`, also in a type that the compiler wrote out. */
const IMPORT = /(?:\brequire\(|\bimport\(|\bfrom |\bimport )\s*["']([^"'.][^"']*)["']/g;

/** Names of the packages that the published files import. The bundle of the workflows holds its packages itself. */
function importedPackages(): Map<string, string> {
  const found = new Map<string, string>();
  for (const file of readdirSync(join(root, 'dist'), { recursive: true }).map(String)) {
    if (!/\.(js|d\.ts)$/.test(file) || file.startsWith('bench') || file === 'workflow-bundle.js') continue;
    for (const [, specifier = ''] of readFileSync(join(root, 'dist', file), 'utf8').matchAll(IMPORT)) {
      if (specifier.startsWith('node:') || builtinModules.includes(specifier)) continue;
      found.set(
        specifier
          .split('/')
          .slice(0, specifier.startsWith('@') ? 2 : 1)
          .join('/'),
        file,
      );
    }
  }
  return found;
}

test('the manifest declares every package that the published files import', () => {
  const declared = { ...manifest.dependencies, ...manifest.peerDependencies, [manifest.name]: '' };
  const undeclared = [...importedPackages()].filter(([name]) => !(name in declared));
  expect(undeclared).toEqual([]);
});

test('the published files import every dependency of the manifest', () => {
  const imported = importedPackages();
  expect(Object.keys(manifest.dependencies).filter((name) => !imported.has(name))).toEqual([]);
});
