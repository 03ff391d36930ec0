import { type Answer, Refusal } from './api';
import type { Fault, FaultHandle } from './faults';
import type { SimulatedAnswer } from './run';
import type { Scenario } from './scenario';
import type { DuvoSimulator } from './simulator';

const handles = new WeakMap<DuvoSimulator, Map<string, FaultHandle>>();

/** The simulator's controls over HTTP, for when it runs in a process of its own. */
export function answerControl(simulator: DuvoSimulator, method: string, url: string, body: string): Answer {
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
    default:
      throw new Refusal(404, 'not_found');
  }
}
