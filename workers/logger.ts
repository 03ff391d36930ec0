import { type Logger as TemporalLogger, type LogLevel, type LogMetadata, TemporalFailure } from '@temporalio/common';
import { LogTimestamp } from '@temporalio/worker';
import { type DestinationStream, type Logger, pino } from 'pino';
import type { LogLevelName } from './config';

/**
 * What may be written of an entry's metadata: Temporal's own names and ids, and nothing that could hold a payload. What
 * is not in this list is dropped.
 */
const ALLOWED_FIELDS = [
  'sdkComponent',
  'namespace',
  'taskQueue',
  'workflowId',
  'workflowType',
  'runId',
  'workflowRunId',
  'activityId',
  'activityType',
  'attempt',
  'isLocal',
  'durationMs',
  'state',
  'target',
  'updateId',
  'updateName',
  'signalName',
  'queryName',
] as const;

/** Errors of the SDK and of ours have causes; deeper ones tell nothing new. */
const MAX_CAUSE_DEPTH = 3;

const PINO_LEVELS = { TRACE: 'trace', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const;

/** Warnings of the SDK about what is so by design: one worker runs the workflows, the other one the activities. */
const EXPECTED_WARNING = /^No (activities|workflows|Nexus services) registered, not polling/;

/** JSON lines, by default on stdout. Written at once, so that nothing is lost when the process ends. */
export function createLogger(level: LogLevelName, destination: DestinationStream = pino.destination(1)): Logger {
  const formatters = { level: (label: string) => ({ level: label }) };
  return pino({ level, base: { pid: process.pid }, formatters, timestamp: pino.stdTimeFunctions.isoTime }, destination);
}

/** Has Temporal's runtime write through pino. */
export function createTemporalLogger(logger: Logger): TemporalLogger {
  const log = (level: LogLevel, message: string, meta?: LogMetadata) =>
    logger[EXPECTED_WARNING.test(message) ? 'debug' : PINO_LEVELS[level]](pickAllowedFields(meta ?? {}), message);
  return {
    log,
    trace: (message, meta) => log('TRACE', message, meta),
    debug: (message, meta) => log('DEBUG', message, meta),
    info: (message, meta) => log('INFO', message, meta),
    warn: (message, meta) => log('WARN', message, meta),
    error: (message, meta) => log('ERROR', message, meta),
  };
}

function pickAllowedFields(meta: LogMetadata): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const name of ALLOWED_FIELDS) {
    const value: unknown = meta[name];
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') fields[name] = value;
  }
  const time = (meta as Record<symbol, unknown>)[LogTimestamp];
  // When it happened, where that differs from when it was written: entries are sorted for a moment.
  if (typeof time === 'bigint') fields.at = new Date(Number(time / 1_000_000n)).toISOString();
  const error: unknown = meta.error ?? meta.err;
  if (error !== undefined) fields.error = describeError(error);
  return fields;
}

/** What an error may show: what kind it is and what it says; where it came from, if nobody expected it. */
export function describeError(error: unknown, causeDepth = MAX_CAUSE_DEPTH): Record<string, unknown> {
  if (!(error instanceof Error)) return { message: typeof error === 'string' ? error : typeof error };
  const { name, message, stack, cause } = error;
  const type = (error as { type?: unknown }).type;
  return {
    name,
    ...(typeof type === 'string' ? { type } : {}),
    message,
    ...(error instanceof TemporalFailure ? {} : { stack }),
    ...(cause !== undefined && causeDepth > 0 ? { cause: describeError(cause, causeDepth - 1) } : {}),
  };
}
