const { default: Sequencer } = require('@jest/test-sequencer');

/**
 * The slowest test files, the slowest first. Without a cache, as in a fresh clone, jest orders files by their size, so that
 * a slow file may start last and run alone at the end.
 */
const SLOW_FILES = [
  'docs/commands',
  'durability/worker-killed',
  'workflows/starts/ambiguous-start',
  'durability/batch-killed',
  'workflows/batch/rows/redrive',
  'package/tarball',
  'workflows/starts/former-execution',
  'workflows/starts/lost-starts',
  'testing/test-environment',
  'workflows/run/unreadable',
  'workflows/gates/gate-outcomes',
  'durability/random',
  'workflows/batch/limits',
  'cli/dev',
];

/** Starts the slow files first, and the others in jest's own order. */
module.exports = class extends Sequencer {
  sort(tests) {
    const rank = ({ path }) => {
      const at = SLOW_FILES.findIndex((file) => path.endsWith(`/test/${file}.test.ts`));
      return at < 0 ? SLOW_FILES.length : at;
    };
    return super.sort(tests).sort((a, b) => rank(a) - rank(b));
  }
};
