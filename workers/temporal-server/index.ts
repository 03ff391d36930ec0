/** Finds, installs and starts Temporal servers for development, demos and tests. */
export { cacheDir } from './cache-dir';
export { type DevServer, type DevServerOptions, startDevServer } from './dev-server';
export {
  findDevServer,
  type FindServerOptions,
  findTemporal,
  type ServerExecutable,
  type TemporalLocation,
} from './find-dev-server';
export { findUsualPort } from './ports';
export { findTimeSkippingServer } from './find-time-skipping-server';
export {
  startTimeSkippingServer,
  type TimeSkippingServer,
  type TimeSkippingServerOptions,
} from './time-skipping-server';
