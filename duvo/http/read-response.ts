import type { DuvoError } from '../errors/duvo-error';
import { duvoError } from '../errors/error-classes';
import { factsOf } from '../errors/input-error';
import type { RequestSecrets } from '../errors/safe-server-text';
import { ContractViolation, isObject, type JsonObject, type Operation } from '../model/operation';
import type { Credentials } from './credentials';
import type { HttpResponse } from './exchange';
import { requestIdOf, responseError } from './response-error';
import { readServerTime } from './headers/retry-after';

/** Reads the response of an operation: its normalised model, or the error of a status or body that is not as promised. */
export function readResponse<T, I>(
  operation: Operation<T, I>,
  input: I,
  response: HttpResponse,
  secrets: RequestSecrets,
  credentials: Pick<Credentials, 'hint' | 'scopeHint'>,
): { value: T } | DuvoError {
  if (response.status >= 300) return responseError(operation, response, secrets, credentials);
  try {
    const body = operation.mayBeEmpty && response.status === 204 ? {} : parseJsonObject(response.body);
    return { value: operation.read(body, { input, serverTime: readServerTime(response.headers) }) };
  } catch (error) {
    if (!(error instanceof ContractViolation)) throw error;
    const facts = { ...factsOf(operation), status: response.status, requestId: requestIdOf(response, secrets) };
    const note = `the response is not what the API promises: ${error.message}`;
    // Duvo may have acted on the request: only its response cannot be read.
    return duvoError('contract-violation', { ...facts, field: error.field, reached: 'maybe' }, note);
  }
}

/** The content type is not checked: proxies send their HTML pages with any content type, so only a JSON object counts. */
function parseJsonObject(text: string | undefined): JsonObject {
  try {
    const body: unknown = JSON.parse(text?.startsWith('\uFEFF') ? text.slice(1) : (text ?? ''));
    if (isObject(body)) return body;
  } catch {
    // A body that is not JSON is reported below, like JSON that is no object.
  }
  throw new ContractViolation('body', text ? 'is not a JSON object' : 'is empty');
}
