import { randomUUID } from 'node:crypto';
import { answeredRequestFields, pendingRequestFields, runFields, type DialectWriter } from './dialect-writer';

/** Writes responses as the API reference of v1 describes them. */
export const v1: DialectWriter = {
  run: (run, status = run.status) => ({
    ...runFields(run, status),
    owner: run.scenario.owner ?? null,
    outcome: run.isTerminal ? (run.scenario.outcome ?? null) : null,
  }),
  runRow: (run) => v1.run(run),
  pendingRequest: pendingRequestFields,
  answeredRequest: (run, request) => ({
    ...answeredRequestFields(run, request),
    type: request.type,
    status: 'responded',
  }),
  refusal: ({ status, code, details, headers }) => ({
    status,
    headers,
    body: {
      code,
      message: `the request was refused: ${code}`,
      request_id: randomUUID(),
      ...(details !== undefined && { details }),
    },
  }),
  status: (status) => status,
  parseStatus: (status) => status,
};
