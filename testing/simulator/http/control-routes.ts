import type { IncomingMessage } from 'node:http';
import { ZodError } from 'zod';
import type { ChaosOptions } from '../chaos';
import type { Fault, FaultHandle } from '../faults';
import type { ToolScript } from '../mcp/tools';
import { type Answer, Refusal } from '../refusal';
import type { SimulatedSchedule } from '../resources/agent-schedules';
import type { SimulatedAnswer } from '../resources/answers';
import type { CaseEnd } from '../resources/cases';
import type { Scenario } from '../resources/scenario';
import type { DuvoSimulator } from '../simulator';

const handles = new WeakMap<DuvoSimulator, Map<string, FaultHandle>>();

/** The simulator's controls over HTTP, for when it runs in a process of its own. What they refuse, they say why. */
export async function answerControl(simulator: DuvoSimulator, request: IncomingMessage): Promise<Answer> {
  try {
    return await control(simulator, request);
  } catch (error) {
    const reason = error instanceof SyntaxError ? 'the body is not JSON' : reasonOf(error);
    if (reason === undefined) throw error;
    return { status: 400, body: { code: 'invalid', message: reason } };
  }
}

function reasonOf(error: unknown): string | undefined {
  if (!(error instanceof ZodError)) return undefined;
  return error.issues.map(({ path, message }) => `${path.map(String).join('.') || 'the body'}: ${message}`).join('; ');
}

async function control(simulator: DuvoSimulator, request: IncomingMessage): Promise<Answer> {
  const { method = 'GET', url = '/' } = request;
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  const body = Buffer.concat(chunks).toString('utf8');
  const { pathname, searchParams } = new URL(url, 'http://simulator');
  const [what, id = '', action] = pathname.split('/').slice(2).map(decodeURIComponent);
  const json = () => JSON.parse(body) as unknown;
  const faults = handles.get(simulator) ?? new Map<string, FaultHandle>();
  handles.set(simulator, faults);
  const fault = () => {
    const found = faults.get(id);
    if (!found) throw new Refusal(404, 'no_such_fault');
    return found;
  };
  const ok = (answer: unknown = { ok: true }): Answer => ({ status: 200, body: answer });

  switch (`${method} ${what}${action ? ` ${action}` : ''}`) {
    case 'GET health':
      return ok();
    case 'PUT scenarios':
      simulator.script(id, json() as Scenario);
      return ok();
    case 'POST faults': {
      const name = String(faults.size + 1);
      faults.set(name, simulator.fail(json() as Fault));
      return ok({ id: name });
    }
    case 'POST faults release':
      fault().release();
      return ok();
    case 'DELETE faults':
      fault().remove();
      return ok();
    case 'GET ledger': {
      const since = Number(searchParams.get('since') ?? 0);
      const operation = searchParams.get('operation');
      return ok(simulator.ledger.filter((entry) => entry.seq > since && (!operation || entry.operation === operation)));
    }
    case 'GET stats':
      return ok(simulator.stats);
    case 'GET runs':
      return ok(id ? simulator.run(id) : simulator.runs);
    case 'POST runs answer': {
      const { requestId, answer } = json() as { requestId: string; answer: SimulatedAnswer };
      simulator.answerInDuvo(id, requestId, answer);
      return ok();
    }
    case 'POST agents schedules':
      return ok({ id: simulator.scheduleInDuvo(id, json() as SimulatedSchedule) });
    case 'PUT tools':
      simulator.tool(id, json() as ToolScript);
      return ok();
    case 'POST queues':
      return ok({ id: simulator.addQueue(json() as { id?: string; name?: string; agentId?: string }) });
    case 'PUT cases':
      simulator.settleCase(id, (json() as { status: CaseEnd }).status);
      return ok();
    case 'PUT chaos':
      simulator.chaos((json() as ChaosOptions | null) ?? undefined);
      return ok();
    case 'DELETE tokens':
      simulator.revokeTokens();
      return ok();
    case 'GET deliveries':
      return ok(simulator.deliveries);
    case 'POST deliveries again':
      await simulator.deliverAgain(id);
      return ok();
    default:
      throw new Refusal(404, 'not_found');
  }
}
