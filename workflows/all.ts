/** All workflows of the library, as the worker process runs them. */
export * from './index';
export * from './batch';
