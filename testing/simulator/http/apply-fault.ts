import type { ServerResponse } from 'node:http';
import type { FaultKind } from '../faults/fault-injector';
import type { LedgerEntry } from '../shared/ledger';
import { type HttpResponse, Refusal } from '../shared/refusal';
import { refusalResponse } from './refusal-response';
import type { ServiceContext } from './service-context';
import { send, sendHalf } from './send';

/** A fault that still applies when the response is sent. */
export interface ActiveFault {
  how: FaultKind;
  released: Promise<void>;
}

/** Applies the fault of a request before the request is processed. @returns `over` when the fault ended the request */
export async function applyFault(
  { faults, chaos, ledger, isClosing }: ServiceContext,
  entry: LedgerEntry,
  response: ServerResponse,
): Promise<ActiveFault | 'over' | undefined> {
  const { operation, runId, agentId, path } = entry;
  if (operation === 'unknown') return undefined;
  const planned = faults.matchRequest(operation, runId, agentId);
  const chaosFault = planned ? undefined : chaos?.faultFor(entry.seq, operation);
  const fault = planned ?? (chaosFault && { how: chaosFault, released: Promise.resolve() });
  if (!fault) return undefined;
  const { how } = fault;
  response.once('close', () => {
    if (response.writableEnded) return;
    entry.abandoned = true;
    ledger.notifyChange(entry);
  });
  entry.fault = Object.keys(how)[0] ?? 'fault';
  ledger.notifyChange(entry);
  if ('slow' in how) await new Promise((resolve) => setTimeout(resolve, how.slow).unref());
  if ('hold' in how && how.hold === 'before') await fault.released;
  if (response.destroyed || isClosing() || 'reset' in how) {
    response.destroy();
    return 'over';
  }
  if (!('status' in how) || 'garbled' in how) return fault;
  entry.status = how.status;
  const { body } = refusalResponse(new Refusal(how.status, 'fault'), path);
  send(response, { status: how.status, body: how.body ?? body, headers: how.headers });
  return 'over';
}

/** Sends a response with the effect of the fault applied. */
export async function sendWithFault(
  { ledger, isClosing }: ServiceContext,
  entry: LedgerEntry,
  response: ServerResponse,
  answer: HttpResponse,
  fault: ActiveFault | undefined,
): Promise<void> {
  const { how } = fault ?? {};
  if (fault && how && 'hold' in how && how.hold === 'after') await fault.released;
  if (response.destroyed || isClosing() || (how && 'loseResponse' in how)) return void response.destroy();
  if (how && 'halfBody' in how) return sendHalf(response, answer);
  entry.status = answer.status;
  ledger.notifyChange(entry);
  if (how && 'garbled' in how) {
    const { garbled, contentType = 'application/json', status = answer.status } = how;
    response.writeHead(status, { 'content-type': contentType });
    return void response.end(garbled);
  }
  send(response, { ...answer, headers: { ...answer.headers, ...(how && 'addHeaders' in how && how.addHeaders) } });
}
