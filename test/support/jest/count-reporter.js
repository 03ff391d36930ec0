const { writeSync } = require('node:fs');

/** The last line of a test run: what passed, failed and was skipped. A test file that could not run counts as failed. */
module.exports = class CountReporter {
  onRunComplete(_contexts, results) {
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    const skipped = results.numPendingTests + results.numTodoTests;
    // On exit, since jest prints its own summary after this.
    process.once('exit', () =>
      writeSync(1, `\n${results.numPassedTests} passed, ${failed} failed, ${skipped} skipped\n`),
    );
  }
};
