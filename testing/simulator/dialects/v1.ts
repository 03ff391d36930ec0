import { randomUUID } from 'node:crypto';
import { answeredFields, pendingFields, runFields, type Writer } from './writer';

/** The words of the API reference. */
export const v1: Writer = {
  run: (run, status = run.status) => ({
    ...runFields(run, status),
    owner: run.scenario.owner ?? null,
    outcome: run.isTerminal ? (run.scenario.outcome ?? null) : null,
  }),
  row: (run) => v1.run(run),
  pending: pendingFields,
  answered: (run, request) => ({ ...answeredFields(run, request), type: request.type, status: 'responded' }),
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
  statusRead: (status) => status,
};
