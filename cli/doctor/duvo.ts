import { type DuvoClient, DuvoError } from '../../duvo';
import { type Check, failed, messageOf, ok, skipped, warning } from './check';

/** Nothing has this id: what is asked of it fails for want of the thing, unless it fails for want of a right before. */
const NOBODY = '00000000-0000-0000-0000-000000000000';

/** Clocks that disagree by less do no harm: signatures of webhooks are good for five minutes. Milliseconds. */
const SKEW_LIMIT = 60_000;

/** What each scope is asked by. Every probe names a thing that does not exist, so none of them changes anything. */
const PROBES: { scope: string; needed: boolean; probe: (duvo: DuvoClient, key: string) => Promise<unknown> }[] = [
  { scope: 'runs:read', needed: true, probe: (duvo) => duvo.runs.get(NOBODY) },
  {
    scope: 'runs:write',
    needed: true,
    probe: (duvo, idempotencyKey) => duvo.runs.stop(NOBODY, { idempotencyKey }),
  },
  {
    scope: 'approvals:write',
    needed: true,
    probe: (duvo, idempotencyKey) => duvo.runs.respond(NOBODY, NOBODY, { approved: false }, { idempotencyKey }),
  },
  {
    scope: 'queues:write',
    needed: false,
    probe: (duvo, idempotencyKey) =>
      duvo.cases.create({ queueId: NOBODY, cases: [{ title: 'doctor' }] }, { idempotencyKey }),
  },
  { scope: 'files:read', needed: false, probe: (duvo) => duvo.sandboxes.files(NOBODY) },
  {
    scope: 'sandboxes:write',
    needed: false,
    probe: (duvo, idempotencyKey) => duvo.sandboxes.createUploadUrl(NOBODY, '/doctor', { idempotencyKey }),
  },
  { scope: 'mcp:call', needed: false, probe: (duvo) => duvo.call('tools.list', {}) },
];

/** Duvo as the activities will find it: reach, credentials, scopes, the agent, clocks, deprecations. */
export async function checkDuvo(duvo: DuvoClient, { agentId }: { agentId?: string }): Promise<Check[]> {
  const began = Date.now();
  const first = await outcomeOf(duvo.runs.get(NOBODY));
  const now = (began + Date.now()) / 2;
  const reach = checkReach(first);
  if (reach) return [reach, ...['scopes', 'agent', 'clocks'].map((what) => skipped(what, 'Duvo is not reached'))];
  const key = `doctor-${began}`;
  const scopes: Check[] = [];
  for (const { scope, needed, probe } of PROBES) {
    scopes.push(checkScope(scope, needed, await outcomeOf(probe(duvo, `${key}-${scope}`))));
  }
  return [
    ok('Duvo', `answers in dialect ${duvo.dialect}, and takes the credentials`),
    ...scopes,
    await checkAgent(duvo, agentId),
    checkClocks(first, now),
    ...checkDeprecations(duvo),
  ];
}

type Outcome = DuvoError | { serverTime?: string };

async function outcomeOf(call: Promise<unknown>): Promise<Outcome> {
  try {
    return (await call) as { serverTime?: string };
  } catch (error) {
    if (error instanceof DuvoError) return error;
    throw error;
  }
}

/** What stands in the way of everything else. */
function checkReach(outcome: Outcome): Check | undefined {
  if (!(outcome instanceof DuvoError)) return undefined;
  switch (outcome.kind) {
    case 'unauthorized':
      return failed('Duvo', messageOf(outcome), 'set DUVO_API_KEY, or DUVO_CLIENT_ID and its secret, to valid ones');
    case 'connection':
    case 'timeout':
      return failed('Duvo', messageOf(outcome), 'check DUVO_API_BASE_URL, the network and HTTPS_PROXY');
    case 'server':
    case 'rate-limited':
      return failed('Duvo', messageOf(outcome), 'wait, and try again');
    default:
      return undefined;
  }
}

function checkScope(scope: string, needed: boolean, outcome: Outcome): Check {
  const what = `scope ${scope}`;
  if (!(outcome instanceof DuvoError)) return ok(what, 'granted');
  switch (outcome.kind) {
    case 'forbidden': {
      const report = needed ? failed : warning;
      return report(what, `refused (${outcome.code ?? 'status 403'})`, `give the key, or DUVO_SCOPES, ${scope}`);
    }
    case 'dialect':
    case 'capability':
      return skipped(what, 'this dialect has nothing to ask it by');
    case 'not-found':
    case 'conflict':
    case 'invalid':
      return ok(what, 'granted');
    default:
      return warning(what, messageOf(outcome), 'try again');
  }
}

async function checkAgent(duvo: DuvoClient, agentId: string | undefined): Promise<Check> {
  if (agentId === undefined) return skipped('agent', 'none was named: give --agent <id>');
  const outcome = await outcomeOf(duvo.agents.get(agentId));
  if (!(outcome instanceof DuvoError)) return ok('agent', `${agentId} is there`);
  if (outcome.kind === 'dialect') return skipped('agent', 'dialect v1 cannot look at an agent');
  return failed('agent', messageOf(outcome), "check the agent's id, and that the key belongs to its team");
}

function checkClocks({ serverTime }: Outcome, now: number): Check {
  if (serverTime === undefined) return skipped('clocks', 'Duvo does not tell its time');
  // Duvo's is cut to whole seconds.
  const skew = Math.round((now - Date.parse(serverTime) - 500) / 1000);
  const found = skew === 0 ? 'agree' : `this machine is ${Math.abs(skew)} s ${skew > 0 ? 'ahead of' : 'behind'} Duvo`;
  if (Math.abs(skew) * 1000 <= SKEW_LIMIT) return ok('clocks', found);
  return warning('clocks', found, 'set the clock of this machine (NTP): durations stay right, signatures do not');
}

function checkDeprecations(duvo: DuvoClient): Check[] {
  const known = duvo.deprecations();
  if (known.length === 0) return [ok('deprecations', 'none of the calls that were made is deprecated')];
  return known.map(({ method, path, deprecatedAt, sunsetAt, link }) =>
    warning(
      `${method} ${path}`,
      [`deprecated${deprecatedAt ? ` since ${deprecatedAt}` : ''}`, sunsetAt && `gone on ${sunsetAt}`]
        .filter(Boolean)
        .join(', '),
      `upgrade duvo-temporal, or speak another dialect (DUVO_API_VERSION)${link ? `; see ${link}` : ''}`,
    ),
  );
}
