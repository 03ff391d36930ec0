/** Requests to the inbox's own server. */
import type { GateAnswer } from '../../contract/gates/gates';
import type { AnswerResponse, ErrorResponse, GateListResponse, GateResponse } from '../api-types';
import { texts } from './texts';

/** The answer that a person has given on the page. */
export type PageAnswer = Pick<GateAnswer, 'approved' | 'answers' | 'comment' | 'requestHash'>;

/** A request that was refused, or that did not reach the server: `type` is then `offline`. */
export class ApiError extends Error {
  readonly type: string;
  readonly gate: ErrorResponse['gate'];

  constructor({ type, message, gate }: ErrorResponse) {
    super(message);
    this.type = type;
    this.gate = gate;
  }
}

/** Exchanges the one-time token in the fragment of the address for a session. Returns what went wrong, if something did. */
export async function logInByLink(): Promise<ApiError | undefined> {
  const token = new URLSearchParams(location.hash.slice(1)).get('token');
  if (!token) return undefined;
  history.replaceState(null, '', location.pathname + location.search);
  try {
    await send('/api/session', { token });
    return undefined;
  } catch (error) {
    return error as ApiError;
  }
}

export function fetchGates(query: string, signal: AbortSignal): Promise<GateListResponse> {
  return request(`/api/gates${query}`, { signal });
}

export function fetchGate(ref: string): Promise<GateResponse> {
  return request(`/api/gates/${encodeURIComponent(ref)}`);
}

export function sendAnswer(ref: string, answer: PageAnswer): Promise<AnswerResponse> {
  return send(`/api/gates/${encodeURIComponent(ref)}/answer`, answer);
}

function send<T>(url: string, body: object): Promise<T> {
  const headers = { 'content-type': 'application/json', 'x-duvo-inbox': '1' };
  return request(url, { method: 'POST', headers, body: JSON.stringify(body) });
}

async function request<T>(url: string, options: RequestInit = {}): Promise<T> {
  let response: Response;
  try {
    response = await fetch(url, options);
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new ApiError({ type: 'offline', message: texts.offline });
  }
  if (response.status === 204) return undefined as T;
  const body: unknown = await response.json().catch(() => undefined);
  if (response.ok) return body as T;
  throw new ApiError((body ?? { type: 'unreadable', message: texts.unreadable }) as ErrorResponse);
}
