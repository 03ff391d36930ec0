import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DuvoClient, OperationName } from '../../../duvo';
import * as wire from './wire-samples';

/** The wire form of an operation in one dialect. */
export interface WireSample {
  route: string;
  /** Expected JSON body, or a pattern that the form body matches. `undefined` when no body is sent. */
  body?: object | RegExp;
  status?: number;
  answer: object;
  result: unknown;
}

export interface OperationSample {
  call: (client: DuvoClient) => Promise<unknown>;
  v1?: WireSample;
  v2?: WireSample;
}

const sampleFolder = mkdtempSync(join(tmpdir(), 'dialects-'));
export const sampleFile = join(sampleFolder, 'a.csv');
writeFileSync(sampleFile, 'a,b');
afterAll(() => rmSync(sampleFolder, { recursive: true, force: true }));

export const mutationOptions = { idempotencyKey: 'wf/1:step' };
const serverTime = expect.any(String) as string;

/** Creates a sample for both dialects. Only the paths differ; the body, the response and the model are equal. */
const inBothDialects = (v1: string, v2: string, sample: Omit<WireSample, 'route'>) => ({
  v1: { route: v1, ...sample },
  v2: { route: v2, ...sample },
});

const newCase = {
  title: 'T',
  data: '{}',
  labels: [{ key: 'k', value: 'v' }, { value: 'w' }],
  priority: 'high' as const,
};

/** Samples of every operation, except the hosted tools, which use another protocol (tools.test.ts). */
export const OPERATION_SAMPLES: { [N in Exclude<OperationName, `tools.${string}`>]: OperationSample } = {
  'agents.create': {
    call: (c) => c.agents.create({ name: 'N', sourceBuildId: 'b', build: { name: 'B', config: {} } }, mutationOptions),
    ...inBothDialects('POST /v1/agents', 'POST /v2/teams/team-1/agents', {
      body: { name: 'N', source_build_id: 'b', build: { name: 'B', config: {} } },
      status: 201,
      answer: { agent: wire.agent, build: wire.build },
      result: { agent: wire.parsedAgent, build: wire.build },
    }),
  },
  'agents.get': {
    call: (c) => c.agents.get('a 1'),
    v2: {
      route: 'GET /v2/agents/a%201',
      answer: { agent: { ...wire.agent, id: 'a 1' }, user_context: { pinned_at: null } },
      result: {
        ...wire.parsedAgent,
        id: 'a 1',
        unknownFields: { ...wire.parsedAgent.unknownFields, user_context: { pinned_at: null } },
      },
    },
  },
  'agents.list': {
    call: (c) => c.agents.listPage({ limit: 5, offset: 10 }),
    v2: {
      route: 'GET /v2/teams/team-1/agents?limit=5&offset=10',
      answer: { agents: [wire.agentRow], total: 11, limit: 5, offset: 10 },
      result: { agents: [wire.parsedAgentRow], total: 11, limit: 5, offset: 10 },
    },
  },
  'agents.schedules': {
    call: (c) => c.agents.schedules('a 1'),
    v2: {
      route: 'GET /v2/agents/a%201/schedules',
      answer: { schedules: [wire.agentSchedule] },
      result: [wire.parsedAgentSchedule],
    },
  },
  'runs.start': {
    call: (c) =>
      c.runs.start(
        { agentId: 'a', message: 'M', sandboxId: 's', webhookUrl: 'https://hook.example/x' },
        mutationOptions,
      ),
    ...inBothDialects('POST /v1/runs', 'POST /v2/teams/team-1/runs', {
      body: { agent_id: 'a', message: 'M', sandbox_id: 's', webhook_url: 'https://hook.example/x' },
      status: 201,
      answer: { run: wire.run },
      result: { run: wire.parsedRun, serverTime },
    }),
  },
  'runs.get': {
    call: (c) => c.runs.get('r/1'),
    ...inBothDialects('GET /v1/runs/r%2F1', 'GET /v2/runs/r%2F1', {
      answer: { run: { ...wire.run, id: 'r/1', status: 'stopped' }, pending_human_request: wire.humanRequest },
      result: {
        run: { ...wire.parsedRun, id: 'r/1', status: 'canceled' },
        pendingRequest: wire.parsedHumanRequest,
        serverTime,
      },
    }),
  },
  'runs.list': {
    call: (c) =>
      c.runs.listPage({
        limit: 2,
        offset: 4,
        status: 'running',
        agentId: 'a',
        since: '2026-01-01T00:00:00Z',
        search: 'a&b',
        source: 'api',
      }),
    ...inBothDialects(
      'GET /v1/runs?limit=2&offset=4&status=running&agent_id=a&since=2026-01-01T00%3A00%3A00Z&search=a%26b&source=api',
      'GET /v2/teams/team-1/runs?limit=2&offset=4&status=running&agent_id=a&since=2026-01-01T00%3A00%3A00Z&search=a%26b&source=api',
      {
        answer: { data: [wire.runRow], total: 9 },
        result: { runs: [wire.parsedRunRow], total: 9, serverTime },
      },
    ),
  },
  'runs.messages': {
    call: (c) => c.runs.listMessagesPage('r', { limit: 3, offset: 6 }),
    ...inBothDialects('GET /v1/runs/r/messages?limit=3&offset=6', 'GET /v2/runs/r/messages?limit=3&offset=6', {
      answer: { messages: [wire.message], total: 7, limit: 3, offset: 6 },
      result: { messages: [wire.parsedMessage], total: 7, limit: 3, offset: 6 },
    }),
  },
  'runs.postMessage': {
    call: (c) => c.runs.postMessage('r', 'Go on', mutationOptions),
    ...inBothDialects('POST /v1/runs/r/messages', 'POST /v2/runs/r/messages', {
      body: { message: 'Go on' },
      status: 201,
      answer: { message: wire.message },
      result: wire.parsedMessage,
    }),
  },
  'runs.respond': {
    call: (c) => c.runs.respond('r', 'q', { answers: { 'Which?': 'a,b' } }, mutationOptions),
    ...inBothDialects('POST /v1/runs/r/human-requests/q/respond', 'POST /v2/runs/r/human-requests/q/respond', {
      body: { answers: { 'Which?': 'a,b' } },
      answer: { human_request: wire.humanResponse },
      result: { humanRequest: wire.humanResponse },
    }),
  },
  'runs.stop': {
    call: (c) => c.runs.stop('r', mutationOptions),
    ...inBothDialects('POST /v1/runs/r/stop', 'POST /v2/runs/r/stop', {
      answer: { success: false, message: 'is not running' },
      result: { success: false, message: 'is not running' },
    }),
  },
  'queues.get': {
    call: (c) => c.queues.get(wire.queue.id),
    v2: { route: `GET /v2/queues/${wire.queue.id}`, answer: { queue: wire.queue }, result: wire.parsedQueue },
  },
  'queues.list': {
    call: (c) => c.queues.listPage({ limit: 250 }),
    v2: {
      route: 'GET /v2/teams/team-1/queues?limit=250',
      answer: { queues: [wire.queue], total: 1, limit: 250, offset: 0 },
      result: { queues: [wire.parsedQueue], total: 1, limit: 250, offset: 0 },
    },
  },
  'cases.create': {
    call: (c) => c.cases.create({ queueId: 'q', cases: [newCase, { title: 'U' }] }, mutationOptions),
    ...inBothDialects('POST /v1/queues/q/cases', 'POST /v2/queues/q/cases', {
      body: { cases: [newCase, { title: 'U' }] },
      status: 201,
      answer: { added_cases: [wire.queueCase, { ...wire.queueCase, id: 'c2' }] },
      result: [wire.parsedCase, { ...wire.parsedCase, id: 'c2' }],
    }),
  },
  'cases.get': {
    call: (c) => c.cases.get('c'),
    v2: {
      route: 'GET /v2/cases/c',
      answer: { case: { ...wire.queueCase, id: 'c' }, events: [wire.caseEvent], approvalBatches: [wire.approvalBatch] },
      result: {
        case: { ...wire.parsedCase, id: 'c' },
        events: [wire.caseEvent],
        approvalBatches: [wire.approvalBatch],
      },
    },
  },
  'cases.list': {
    call: (c) =>
      c.cases.listPage({
        queueId: 'q',
        limit: 1,
        offset: 2,
        status: 'failed',
        priority: 'high',
        search: 's',
        createdFrom: '2026-01-01',
        updatedFrom: '2026-01-02',
      }),
    v2: {
      route:
        'GET /v2/queues/q/cases?limit=1&offset=2&status=failed&priority=high&search=s&created_at_from=2026-01-01&updated_at_from=2026-01-02',
      answer: { cases: [wire.queueCase], total: 3, limit: 1, offset: 2 },
      result: { cases: [wire.parsedCase], total: 3, limit: 1, offset: 2 },
    },
  },
  'cases.runs': {
    call: (c) => c.cases.runs('c'),
    v2: { route: 'GET /v2/cases/c/runs', answer: { runs: [wire.caseRun] }, result: [wire.parsedCaseRun] },
  },
  'sandboxes.create': {
    call: (c) => c.sandboxes.create(mutationOptions),
    ...inBothDialects('POST /v1/sandboxes', 'POST /v2/sandboxes', {
      status: 201,
      answer: { sandbox_id: 's', expires_at: '2026-01-02T00:00:00Z', region: 'eu' },
      result: { id: 's', expiresAt: '2026-01-02T00:00:00Z', unknownFields: { region: 'eu' } },
    }),
  },
  'sandboxes.createUploadUrl': {
    call: (c) => c.sandboxes.createUploadUrl('s', '/workspace/x', mutationOptions),
    v2: {
      route: 'POST /v2/sandboxes/s/upload-urls',
      body: { path: '/workspace/x' },
      answer: { upload_url: 'https://store.example/x?sig=1', path: '/workspace/x', expires_in_seconds: 60 },
      result: { url: 'https://store.example/x?sig=1', path: '/workspace/x', expiresInSeconds: 60 },
    },
  },
  'sandboxes.uploadFile': {
    call: (c) => c.sandboxes.uploadFile({ sandboxId: 's', file: sampleFile, path: '/workspace/x' }, mutationOptions),
    v2: {
      route: 'POST /v2/sandboxes/s/files',
      body: /name="path"\r\n\r\n\/workspace\/x\r\n[^]*name="file"; filename="a\.csv"\r\n[^]*\r\n\r\na,b\r\n/,
      status: 201,
      answer: { path: '/workspace/x', size_bytes: 3 },
      result: { path: '/workspace/x', sizeBytes: 3 },
    },
  },
  'sandboxes.files': {
    call: (c) => c.sandboxes.files('s', '/workspace/a b'),
    v2: {
      route: 'GET /v2/sandboxes/s/files?path=%2Fworkspace%2Fa%20b',
      answer: { files: [{ name: 'x', path: '/workspace/a b/x', type: 'link', size_bytes: 3, mode: 420 }] },
      result: [{ name: 'x', path: '/workspace/a b/x', type: 'link', sizeBytes: 3, unknownFields: { mode: 420 } }],
    },
  },
};
