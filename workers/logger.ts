import { type Logger as TemporalLogger, type LogLevel, type LogMetadata, TemporalFailure } from '@temporalio/common';
import { LogTimestamp } from '@temporalio/worker';
import { type DestinationStream, type Logger, pino } from 'pino';
import { escapeText } from '../contract/text/escape-text';
import type { LogLevelName } from './config';

/**
 * The fields of a log entry that are written: names and ids of Temporal, none of which can hold a payload. All other
 * fields are dropped.
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

/** Upper limit of logged causes. Deeper causes of the SDK's and the library's errors add no information. */
const MAX_CAUSE_DEPTH = 3;

const PINO_LEVELS = { TRACE: 'trace', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const;

/** Matches an SDK warning that is expected, since one worker runs only workflows and the other one only activities. */
const EXPECTED_WARNING = /^No (activities|workflows|Nexus services) registered, not polling/;

/** Creates a logger that writes JSON lines, by default to stdout. Writes are synchronous, so no line is lost when the process ends. */
export function createLogger(level: LogLevelName, destination: DestinationStream = pino.destination(1)): Logger {
  const formatters = { level: (label: string) => ({ level: label }) };
  // JSON leaves C1 controls and formats such as U+202E in a line, and a terminal that shows the log obeys them.
  const escaping = { write: (line: string) => destination.write(escapeText(line)) };
  return pino({ level, base: { pid: process.pid }, formatters, timestamp: pino.stdTimeFunctions.isoTime }, escaping);
}

/** Creates a logger for Temporal's runtime that writes through pino. */
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
  // The runtime buffers and sorts entries for a moment, so the time of the event differs from the time of the write.
  if (typeof time === 'bigint') fields.at = new Date(Number(time / 1_000_000n)).toISOString();
  const error: unknown = meta.error ?? meta.err;
  if (error !== undefined) fields.error = describeError(error);
  return fields;
}

/** Returns the parts of an error that may be logged. The stack is logged only for errors that are not Temporal failures. */
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
