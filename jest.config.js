/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: '<rootDir>/test/support/jest/environment.js',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  transform: { '\\.[jt]s$': ['@swc/jest', { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' } }] },
  // Jest on Node 20 cannot load packages that exist only as ES modules, nor those that import one: they are transformed.
  transformIgnorePatterns: [
    '/node_modules/(?!(structured-headers|openid-client|oauth4webapi|jose|cookie|@fastify/cookie)/)',
  ],
  moduleNameMapper: {
    '^duvo-temporal$': '<rootDir>/index.ts',
    '^duvo-temporal/worker$': '<rootDir>/workers/index.ts',
    '^duvo-temporal/workflows/batch$': '<rootDir>/workflows/batch/index.ts',
    '^duvo-temporal/(\\w+)$': '<rootDir>/$1/index.ts',
  },
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
  globalSetup: '<rootDir>/test/support/jest/global-setup.ts',
  globalTeardown: '<rootDir>/test/support/jest/global-teardown.ts',
  testSequencer: '<rootDir>/test/support/jest/slow-first.js',
  testTimeout: 120_000,
  // Most test files wait for servers most of their time: three files at a time used 72 % of two cores.
  maxWorkers: 4,
  reporters: ['default', '<rootDir>/test/support/jest/count-reporter.js'],
};
