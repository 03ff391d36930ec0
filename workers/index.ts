/** The plugin for a user's own worker, the worker process, and Temporal servers for development and tests. */
export {
  ConfigError,
  type ConfigProblem,
  type DuvoConfig,
  type LogLevelName,
  readDuvoConfig,
  readWorkerConfig,
  type WorkerConfig,
} from './config';
export { createDuvoClient } from './duvo-activity-worker';
export { connectClientToTemporal, type ConnectOptions, connectToTemporal, type TemporalConnection } from './connect';
export {
  type ChannelContext,
  type ClosedGateMessage,
  emailChannel,
  type EmailChannelOptions,
  type GateEventMessage,
  type GateMessage,
  type NotificationChannel,
  type NotificationOptions,
  type SentMessage,
  slackChannel,
  teamsChannel,
  webhookChannel,
  type WebhookChannelOptions,
} from '../activities';
export { DuvoPlugin, type DuvoPluginOptions } from './plugin';
export {
  createNamespaceCommand,
  ensureSearchAttributes,
  SEARCH_ATTRIBUTE_TYPES,
  SearchAttributeError,
  type SearchAttributeOptions,
  type SearchAttributeReport,
  type SearchAttributeTypeName,
} from './search-attributes';
export {
  cacheDir,
  type DevServer,
  type DevServerOptions,
  findDevServer,
  type FindServerOptions,
  findTemporal,
  findTimeSkippingServer,
  findUsualPort,
  type ServerExecutable,
  type TemporalLocation,
  startDevServer,
  startTimeSkippingServer,
  type TimeSkippingServer,
  type TimeSkippingServerOptions,
} from './temporal-server';
export { type ReadyMessage, runWorkerProcess } from './worker-process';
