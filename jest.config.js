/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  transform: { '\\.[jt]s$': ['@swc/jest', { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' } }] },
  // ESM-only packages are not loadable by jest on Node 20 unless they are transformed.
  transformIgnorePatterns: ['/node_modules/(?!(structured-headers|openid-client|oauth4webapi|jose)/)'],
  moduleNameMapper: {
    '^duvo-temporal$': '<rootDir>/index.ts',
    '^duvo-temporal/worker$': '<rootDir>/workers/index.ts',
    '^duvo-temporal/workflows/batch$': '<rootDir>/workflows/batch/index.ts',
    '^duvo-temporal/(\\w+)$': '<rootDir>/$1/index.ts',
  },
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
  globalSetup: '<rootDir>/test/support/jest/global-setup.ts',
  globalTeardown: '<rootDir>/test/support/jest/global-teardown.ts',
  testTimeout: 120_000,
  // Tests wait for servers far more than they compute: three at a time keep two cores busy.
  maxWorkers: 3,
  reporters: ['default', '<rootDir>/test/support/jest/count-reporter.js'],
};
