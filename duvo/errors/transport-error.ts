import type { DuvoError, DuvoErrorFacts } from './duvo-error';
import { duvoError } from './error-classes';
import type { TransportFailure } from '../http/exchange';
import type { OperationInfo } from '../operation';
import { safeIdentifier } from './sanitize';

/** The error of a request that had no answer. */
export function transportError(operation: OperationInfo, failure: TransportFailure): DuvoError {
  const { kind, reached, waitingFor, proxyStatus } = failure;
  const facts: DuvoErrorFacts = { ...factsOf(operation), code: safeIdentifier(failure.code, { secret: '' }), reached };
  if (kind === 'aborted') return duvoError(kind, facts, 'aborted by the caller');
  if (proxyStatus !== undefined) {
    const fix = proxyStatus === 407 ? 'put its user and password into HTTPS_PROXY' : 'check HTTPS_PROXY and NO_PROXY';
    return duvoError(kind, facts, `the proxy refuses the connection with status ${proxyStatus}: ${fix}`);
  }
  if (kind === 'timeout') return duvoError(kind, facts, `timed out while waiting for the ${waitingFor}`);
  if (reached === 'no') {
    return duvoError(kind, facts, 'no connection: check the network, DUVO_API_BASE_URL and HTTPS_PROXY');
  }
  return duvoError(kind, facts, `the connection broke while waiting for the ${waitingFor}`);
}

export function factsOf({ name, method, path }: OperationInfo): Pick<DuvoErrorFacts, 'operation' | 'method' | 'path'> {
  return { operation: name, method, path };
}
