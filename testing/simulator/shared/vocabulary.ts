/** Default team id of the simulated workspace. */
export const SIMULATOR_TEAM_ID = '7f3a1e52-6c1d-4b8e-9a40-5d2c8b1e6f01';

export const OPERATION_NAMES = [
  'start',
  'get',
  'list',
  'messages',
  'post-message',
  'respond',
  'stop',
  'create-agent',
  'get-agent',
  'list-agents',
  'agent-schedules',
  'list-queues',
  'get-queue',
  'create-cases',
  'get-case',
  'list-cases',
  'case-runs',
  'create-sandbox',
  'upload-file',
  'create-upload-url',
  'put-upload',
  'list-files',
  'mcp',
  'token',
  'metadata',
] as const;
export type OperationName = (typeof OPERATION_NAMES)[number];

export type Dialect = 'v1' | 'v2';

export const SCOPES = [
  'runs:read',
  'runs:write',
  'queues:write',
  'approvals:write',
  'files:read',
  'sandboxes:write',
  'webhooks:manage',
  'mcp:call',
] as const;
export type Scope = (typeof SCOPES)[number];
