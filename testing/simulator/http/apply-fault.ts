import type { ServerResponse } from 'node:http';
import type { FaultEffect } from '../faults/fault-injector';
import type { LedgerEntry } from '../shared/ledger';
import { type HttpResponse, Refusal } from '../shared/refusal';
import { refusalResponse } from './refusal-response';
import type { ServiceContext } from './service-context';
import { send, sendHalf } from './send';

/** A fault that still applies when the response is sent. */
export interface ActiveFault {
  effect: FaultEffect;
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
  const fault = planned ?? (chaosFault && { effect: chaosFault, released: Promise.resolve() });
  if (!fault) return undefined;
  const { effect } = fault;
  response.once('close', () => {
    if (response.writableEnded) return;
    entry.abandoned = true;
    ledger.notifyChange(entry);
  });
  entry.fault = Object.keys(effect)[0] ?? 'fault';
  ledger.notifyChange(entry);
  if ('delayMs' in effect) await new Promise((resolve) => setTimeout(resolve, effect.delayMs).unref());
  if ('hold' in effect && effect.hold === 'before') await fault.released;
  if (response.destroyed || isClosing() || 'reset' in effect) {
    response.destroy();
    return 'over';
  }
  if (!('status' in effect) || 'replaceBody' in effect) return fault;
  entry.status = effect.status;
  const { body } = refusalResponse(new Refusal(effect.status, 'fault'), path);
  send(response, { status: effect.status, body: effect.body ?? body, headers: effect.headers });
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
  const { effect } = fault ?? {};
  if (fault && effect && 'hold' in effect && effect.hold === 'after') await fault.released;
  if (response.destroyed || isClosing() || (effect && 'dropResponse' in effect)) return void response.destroy();
  if (effect && 'truncateBody' in effect) return sendHalf(response, answer);
  entry.status = answer.status;
  ledger.notifyChange(entry);
  if (effect && 'replaceBody' in effect) {
    const { replaceBody, contentType = 'application/json', status = answer.status } = effect;
    response.writeHead(status, { 'content-type': contentType });
    return void response.end(replaceBody);
  }
  send(response, {
    ...answer,
    headers: { ...answer.headers, ...(effect && 'addHeaders' in effect && effect.addHeaders) },
  });
}
