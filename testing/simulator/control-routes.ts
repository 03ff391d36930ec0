import type { IncomingMessage } from 'node:http';
import { ZodError } from 'zod';
import type { ChaosOptions } from './faults/chaos';
import type { Fault, FaultHandle } from './faults/fault-injector';
import type { ToolScript } from './mcp/tools';
import { type HttpResponse, Refusal } from './shared/refusal';
import type { SimulatedSchedule } from './resources/agent-schedules';
import type { SimulatedAnswer } from './resources/simulated-answer';
import type { CaseEndStatus } from './resources/cases';
import type { SimulatedQueue } from './resources/queues';
import type { Scenario } from './resources/scenario';
import type { SimulatorBase } from './simulator-base';

const faultHandles = new WeakMap<SimulatorBase, Map<string, FaultHandle>>();

/** Serves the simulator's controls over HTTP to other processes. An invalid request gets a 400 with the reason. */
export async function handleControlRequest(simulator: SimulatorBase, request: IncomingMessage): Promise<HttpResponse> {
  try {
    return await routeControlRequest(simulator, request);
  } catch (error) {
    const reason = error instanceof SyntaxError ? 'the body is not JSON' : validationMessage(error);
    if (reason === undefined) throw error;
    return { status: 400, body: { code: 'invalid', message: reason } };
  }
}

function validationMessage(error: unknown): string | undefined {
  if (!(error instanceof ZodError)) return undefined;
  return error.issues.map(({ path, message }) => `${path.map(String).join('.') || 'the body'}: ${message}`).join('; ');
}

async function routeControlRequest(simulator: SimulatorBase, request: IncomingMessage): Promise<HttpResponse> {
  const { method = 'GET', url = '/' } = request;
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  const body = Buffer.concat(chunks).toString('utf8');
  const { pathname, searchParams } = new URL(url, 'http://simulator');
  const [resource, id = '', action] = pathname.split('/').slice(2).map(decodeURIComponent);
  const parseBody = () => JSON.parse(body) as unknown;
  const faults = faultHandles.get(simulator) ?? new Map<string, FaultHandle>();
  faultHandles.set(simulator, faults);
  const findFault = () => {
    const found = faults.get(id);
    if (!found) throw new Refusal(404, 'no_such_fault');
    return found;
  };
  const okResponse = (answer: unknown = { ok: true }): HttpResponse => ({ status: 200, body: answer });

  switch (`${method} ${resource}${action ? ` ${action}` : ''}`) {
    case 'GET health':
      return okResponse();
    case 'PUT scenarios':
      simulator.script(id, parseBody() as Scenario);
      return okResponse();
    case 'POST faults': {
      const name = String(faults.size + 1);
      faults.set(name, simulator.addFault(parseBody() as Fault));
      return okResponse({ id: name });
    }
    case 'POST faults release':
      findFault().release();
      return okResponse();
    case 'DELETE faults':
      findFault().remove();
      return okResponse();
    case 'GET ledger': {
      const since = Number(searchParams.get('since') ?? 0);
      const operation = searchParams.get('operation');
      return okResponse(
        simulator.ledger.filter((entry) => entry.seq > since && (!operation || entry.operation === operation)),
      );
    }
    case 'GET stats':
      return okResponse(simulator.stats);
    case 'GET runs':
      return okResponse(id ? simulator.getRun(id) : simulator.runs);
    case 'POST runs answer': {
      const { requestId, answer } = parseBody() as { requestId: string; answer: SimulatedAnswer };
      simulator.answerInDuvo(id, requestId, answer);
      return okResponse();
    }
    case 'POST agents schedules':
      return okResponse({ id: simulator.addAgentSchedule(id, parseBody() as SimulatedSchedule) });
    case 'PUT tools':
      simulator.addTool(id, parseBody() as ToolScript);
      return okResponse();
    case 'POST queues':
      return okResponse({ id: simulator.addQueue(parseBody() as SimulatedQueue) });
    case 'PUT cases':
      simulator.settleCase(id, (parseBody() as { status: CaseEndStatus }).status);
      return okResponse();
    case 'PUT chaos':
      simulator.setChaos((parseBody() as ChaosOptions | null) ?? undefined);
      return okResponse();
    case 'DELETE tokens':
      simulator.revokeTokens();
      return okResponse();
    case 'GET deliveries':
      return okResponse(simulator.deliveries);
    case 'POST deliveries redeliver':
      await simulator.redeliver(id);
      return okResponse();
    default:
      throw new Refusal(404, 'not_found');
  }
}
