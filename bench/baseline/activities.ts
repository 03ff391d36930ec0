import { request } from 'undici';
import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import { randomUUID } from 'node:crypto';

const baseUrl = process.env.DUVO_API_BASE_URL ?? '';
const authorization = `Bearer ${process.env.DUVO_API_KEY ?? ''}`;

export interface RunResponse {
  run: { id: string; status: string };
  pending_human_request?: { id: string; title: string };
}

async function call<T>(method: 'GET' | 'POST', path: string, body?: object): Promise<T> {
  const { statusCode, body: answer } = await request(baseUrl + path, {
    method,
    headers: { authorization, ...(body && { 'content-type': 'application/json', 'idempotency-key': randomUUID() }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  if (statusCode >= 300) throw new Error(`${method} ${path}: ${statusCode} ${await answer.text()}`);
  return (await answer.json()) as T;
}

export async function startRun(agentId: string): Promise<string> {
  const { run } = await call<RunResponse>('POST', '/v1/runs', { agent_id: agentId });
  return run.id;
}

export function getRun(runId: string): Promise<RunResponse> {
  return call('GET', `/v1/runs/${runId}`);
}

export async function respond(runId: string, requestId: string, approved: boolean): Promise<void> {
  await call('POST', `/v1/runs/${runId}/human-requests/${requestId}/respond`, { approved });
}

/** Each attempt of this activity is one poll. An attempt that finds the run unchanged fails, and Temporal retries it later. */
export async function pollUntilChanged(runId: string, lastSeen: string, everyMs: number): Promise<RunResponse> {
  const response = await getRun(runId);
  if (response.run.status !== lastSeen) return response;
  throw ApplicationFailure.create({
    message: 'unchanged',
    type: 'Unchanged',
    category: ApplicationFailureCategory.BENIGN,
    nextRetryDelay: everyMs,
  });
}
