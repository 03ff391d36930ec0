import type { FastifyError, FastifyInstance } from 'fastify';
import { FailureTypes } from '../../contract';
import { type DeniedAccess, type DenialReason, toDeniedAccess } from './denied-access';
import { HttpError } from './http-error';

/** Status of the response for an error of the client, by the error's type or else its name. */
const STATUS_CODES: Record<string, number> = {
  [FailureTypes.AnswerInvalid]: 422,
  [FailureTypes.AnswerNotAllowed]: 403,
  [FailureTypes.AnswerStale]: 409,
  [FailureTypes.GateClosed]: 409,
  [FailureTypes.GateUnknown]: 404,
  [FailureTypes.InvalidInput]: 400,
  NoWorkerError: 503,
  WorkflowTaskError: 503,
  WaitTimeoutError: 504,
};

const REFUSALS: Record<number, { type: string; message: string; denied?: DenialReason }> = {
  404: { type: 'Inbox.NotFound', message: 'there is no such page: see /' },
  413: { type: 'Inbox.TooLarge', message: 'the body is too large: shorten the answer', denied: 'too-large' },
  415: { type: 'Inbox.NotJson', message: 'the body is not application/json' },
  429: { type: 'Inbox.TooMany', message: 'too many requests: try again in a minute', denied: 'rate-limit' },
};

/** Returns errors as `{type, message}`, and reports denied access. */
export function addErrorResponses(app: FastifyInstance, onDenied: (denied: DeniedAccess) => void): void {
  app.setErrorHandler((error: unknown, request, reply) => {
    const { statusCode, type, message, details } = toHttpError(error);
    if (details.denied) onDenied(toDeniedAccess(request, details.denied));
    return reply.code(statusCode).send({ type, message, ...(details.gate && { gate: details.gate }) });
  });
  app.setNotFoundHandler(() => {
    throw refusalOf(404);
  });
}

/** Converts an error of the client, or of the HTTP server, into the response for it. */
export function toHttpError(error: unknown): HttpError {
  if (error instanceof HttpError) return error;
  const { name = '', type, message = '', ref } = error as Error & { type?: string; ref?: string };
  const statusCode = STATUS_CODES[type ?? name];
  if (statusCode !== undefined) return new HttpError(statusCode, type ?? `Inbox.${name}`, message);
  // Duvo has refused the answer when it was delivered.
  if (type !== undefined && ref !== undefined) return new HttpError(502, type, message);
  const { statusCode: serverStatus = 500 } = error as FastifyError;
  if (serverStatus < 500) return refusalOf(serverStatus);
  return new HttpError(503, 'Inbox.Unavailable', 'Temporal could not be read: try again');
}

function refusalOf(statusCode: number): HttpError {
  const fallback = { type: 'Inbox.Refused', message: 'the request is not well-formed' };
  const { type, message, denied }: (typeof REFUSALS)[number] = REFUSALS[statusCode] ?? fallback;
  return new HttpError(statusCode, type, message, { denied });
}
