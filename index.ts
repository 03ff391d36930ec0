/** What most users need: the client for applications, the plugin for workers. */
export * from './client';
export { DuvoPlugin, type DuvoPluginOptions } from './workers';
