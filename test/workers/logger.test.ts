import { ApplicationFailure, type Logger } from '@temporalio/common';
import { createLogger, createTemporalLogger } from '../../workers/logger';

function record(write: (logger: Logger) => void, level: 'debug' | 'info' = 'debug') {
  const lines: string[] = [];
  write(createTemporalLogger(createLogger(level, { write: (line: string) => void lines.push(line) })));
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

test('Temporal’s ids and names are logged, and all other fields are dropped', () => {
  const [entry] = record(
    (logger) =>
      void logger.warn('Activity failed', {
        workflowId: 'w1',
        activityType: 'startRun',
        attempt: 3,
        taskQueue: 'duvo-api',
        args: ['a message that nobody may see'],
        input: 'a message that nobody may see',
      }),
  );
  expect(entry).toMatchObject({ level: 'warn', msg: 'Activity failed', workflowId: 'w1', attempt: 3 });
  expect(JSON.stringify(entry)).not.toContain('nobody may see');
});

test('an error is logged with its class, type, message and causes, but without its details', () => {
  const failure = ApplicationFailure.create({
    type: 'Duvo.RateLimited',
    message: 'GET /v1/runs/{run_id}: 429',
    details: ['a detail that nobody may see'],
    cause: new Error('socket hang up'),
  });
  const [entry] = record((logger) => void logger.error('failed', { error: failure }));
  expect(entry?.error).toMatchObject({
    name: 'ApplicationFailure',
    type: 'Duvo.RateLimited',
    message: 'GET /v1/runs/{run_id}: 429',
    cause: { name: 'Error', message: 'socket hang up' },
  });
  expect(JSON.stringify(entry)).not.toContain('nobody may see');
});

test('an expected warning of the SDK is logged at level debug', () => {
  const write = (logger: Logger) => void logger.warn('No activities registered, not polling for activity tasks');
  expect(record(write, 'info')).toEqual([]);
  expect(record(write, 'debug')).toHaveLength(1);
});

test('a log line has no character that changes a terminal, and its values stay', () => {
  const lines: string[] = [];
  const workflowId = 'duvo-run-\u202e1174\u009b2J\u200b';
  const logger = createTemporalLogger(createLogger('info', { write: (line: string) => void lines.push(line) }));
  logger.warn('Activity failed', { workflowId });
  expect(lines[0]).not.toMatch(/[\u007f-\u009f\u200b-\u200f\u202a-\u202e]/);
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ workflowId });
});
