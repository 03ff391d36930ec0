/** The configuration of the worker, read from environment variables. */
export { ConfigError, type ConfigProblem } from './config-error';
export { readNotifications } from './read-channels';
export {
  type DuvoConfig,
  readDuvoConfig,
  readWorkerConfig,
  SAME_QUEUE_PROBLEM,
  type WorkerConfig,
} from './read-config';
export type { LogLevelName } from './variables';
