const { AsyncLocalStorage } = require('node:async_hooks');
const { TestEnvironment } = require('jest-environment-node');

/** The storages that the running test file has used. */
const usedStorages = new Set();

for (const method of ['run', 'enterWith']) {
  const original = AsyncLocalStorage.prototype[method];
  AsyncLocalStorage.prototype[method] = function (...args) {
    usedStorages.add(this);
    return Reflect.apply(original, this, args);
  };
}

/**
 * Disables the storages of a test file when the file has ended. Each file loads Temporal's modules again, which create
 * about three storages. Node 20 copies the value of each enabled storage at each new promise and never forgets a storage,
 * so that files became slower and slower: one file took 3 s of CPU time alone, and 17 s after 20 other files.
 */
module.exports = class extends TestEnvironment {
  async teardown() {
    await super.teardown();
    for (const storage of usedStorages) storage.disable();
    usedStorages.clear();
  }
};
