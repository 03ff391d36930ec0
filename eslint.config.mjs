import importX from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';

/** The folders that each folder may import from: the arrows of docs/design.md. */
const arrows = {
  contract: [],
  duvo: [],
  items: ['contract'],
  activities: ['duvo', 'items', 'contract'],
  workflows: ['contract', 'activities'],
  workers: ['duvo', 'activities', 'workflows', 'contract'],
  client: ['items', 'contract'],
  testing: ['workers', 'contract'],
  cli: ['client', 'workers', 'workflows', 'testing', 'duvo', 'activities', 'items', 'contract'],
  // As users write them: by the package's public names only.
  examples: [],
};
const folders = [...Object.keys(arrows), 'test', 'bench'];

const zones = Object.entries(arrows).flatMap(([folder, allowed]) =>
  folders
    .filter((other) => other !== folder && !allowed.includes(other))
    .map((other) => ({
      target: `./${folder}`,
      from: `./${other}`,
      message: `${folder}/ may import from ${allowed.join(', ') || 'no other folder'} (docs/design.md)`,
    })),
);

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', 'test/package/project/'] },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    plugins: { 'import-x': importX },
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    settings: {
      'import-x/resolver': { node: { extensions: ['.ts', '.js'] } },
      'import-x/parsers': { '@typescript-eslint/parser': ['.ts'] },
    },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      'import-x/no-cycle': 'error',
      'import-x/no-restricted-paths': ['error', { zones, basePath: import.meta.dirname }],
    },
  },
  {
    files: ['workflows/**/*.ts'],
    rules: {
      // Workflow code is bundled and replayed: no Node, and nothing of the activities but their types.
      'no-restricted-imports': [
        'error',
        { patterns: ['node:*', 'zod', 'undici', '@temporalio/client', '@temporalio/worker'] },
      ],
      '@typescript-eslint/no-restricted-imports': [
        'error',
        { patterns: [{ group: ['../activities', '../activities/*'], allowTypeImports: true, message: 'types only' }] },
      ],
    },
  },
);
