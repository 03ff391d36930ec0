/**
 * Checks the import directions of docs/design.md. Type imports count, because a reader needs the imported type too.
 *
 * @type {import('dependency-cruiser').IConfiguration}
 */

/** For each folder, the folders that it may import from. */
const ARROWS = {
  contract: [],
  http: [],
  temporal: ['contract'],
  duvo: ['http'],
  items: ['http', 'temporal', 'contract'],
  activities: ['http', 'duvo', 'items', 'temporal', 'contract'],
  workflows: ['contract', 'activities'],
  workers: ['http', 'temporal', 'duvo', 'activities', 'workflows', 'contract'],
  client: ['items', 'temporal', 'contract'],
  webhooks: ['client', 'duvo', 'contract'],
  inbox: ['client', 'contract'],
  testing: ['workers', 'contract'],
  cli: ['client', 'workers', 'workflows', 'testing', 'duvo', 'activities', 'items', 'contract', 'webhooks', 'inbox'],
};
const FOLDERS = Object.keys(ARROWS);

/**
 * Folders that may import other folders only through the index file of the other folder. The page of the inbox imports
 * single files, because the index of the contract would bring Temporal's packages into the browser.
 */
const THROUGH_INDEX = ['cli', 'inbox/server', 'examples'];

const arrows = FOLDERS.map((folder) => ({
  name: `arrows-of-${folder}`,
  comment: `${folder}/ may import from: ${ARROWS[folder].join(', ') || 'no other folder'}`,
  severity: 'error',
  from: { path: `^${folder}/` },
  to: { path: `^(${FOLDERS.filter((to) => to !== folder && !ARROWS[folder].includes(to)).join('|')})/` },
}));

module.exports = {
  forbidden: [
    ...arrows,
    {
      name: 'workflows-use-types-of-activities',
      comment: 'Workflow code is bundled: it may import the types of activities, never their code.',
      severity: 'error',
      from: { path: '^workflows/' },
      to: { path: '^activities/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'no-file-cycles',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-folder-cycles',
      severity: 'error',
      scope: 'folder',
      from: {},
      to: { circular: true },
    },
    ...THROUGH_INDEX.map((folder) => ({
      name: `${folder.replace('/', '-')}-imports-through-indexes`,
      comment: 'A deep import makes a file public that its folder did not publish: import from the index.',
      severity: 'error',
      from: { path: `^${folder}/` },
      to: {
        path: '^(contract|duvo|items|activities|workflows|workers|client|testing)/',
        pathNot: ['^[a-z]+/index\\.ts$', '^workflows/batch/index\\.ts$'],
      },
    })),
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
  },
};
