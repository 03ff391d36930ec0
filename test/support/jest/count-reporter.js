const { writeSync } = require('node:fs');

/** Prints the numbers of passed, failed and skipped tests as the last line. A test file that could not run counts as failed. */
module.exports = class CountReporter {
  onRunComplete(_contexts, results) {
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    const skipped = results.numPendingTests + results.numTodoTests;
    // The line is printed on exit, because jest prints its own summary after this handler.
    process.once('exit', () =>
      writeSync(1, `\n${results.numPassedTests} passed, ${failed} failed, ${skipped} skipped\n`),
    );
  }
};
