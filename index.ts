/** The names that most users need: the client for applications and the plugin for workers. */
export * from './client';
export { DuvoPlugin, type DuvoPluginOptions } from './workers';
