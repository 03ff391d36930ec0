import { type DuvoClient, DuvoError } from '../../duvo';
import { type Check, failedCheck, errorMessage, okCheck, skippedCheck, warningCheck } from './check';

/**
 * An id that no resource has. A request for it fails with `not found`, or with `forbidden` when the API key lacks the
 * scope.
 */
const NONEXISTENT_ID = '00000000-0000-0000-0000-000000000000';

/**
 * Maximum clock difference that `doctor` accepts, in milliseconds. Webhook signatures are valid for five minutes, so a
 * smaller difference does no harm.
 */
const MAX_CLOCK_SKEW_MS = 60_000;

/** One request for each scope. Each request names a resource that does not exist, so no request changes anything. */
const SCOPE_PROBES: { scope: string; needed: boolean; probe: (duvo: DuvoClient, key: string) => Promise<unknown> }[] = [
  { scope: 'runs:read', needed: true, probe: (duvo) => duvo.runs.get(NONEXISTENT_ID) },
  {
    scope: 'runs:write',
    needed: true,
    probe: (duvo, idempotencyKey) => duvo.runs.stop(NONEXISTENT_ID, { idempotencyKey }),
  },
  {
    scope: 'approvals:write',
    needed: true,
    probe: (duvo, idempotencyKey) =>
      duvo.runs.respond(NONEXISTENT_ID, NONEXISTENT_ID, { approved: false }, { idempotencyKey }),
  },
  {
    scope: 'queues:write',
    needed: false,
    probe: (duvo, idempotencyKey) =>
      duvo.cases.create({ queueId: NONEXISTENT_ID, cases: [{ title: 'doctor' }] }, { idempotencyKey }),
  },
  { scope: 'files:read', needed: false, probe: (duvo) => duvo.sandboxes.files(NONEXISTENT_ID) },
  {
    scope: 'sandboxes:write',
    needed: false,
    probe: (duvo, idempotencyKey) => duvo.sandboxes.createUploadUrl(NONEXISTENT_ID, '/doctor', { idempotencyKey }),
  },
  { scope: 'mcp:call', needed: false, probe: (duvo) => duvo.call('tools.list', {}) },
];

/** Checks Duvo as the activities use it: connection, credentials, scopes, the agent, clocks, deprecations. */
export async function checkDuvo(duvo: DuvoClient, { agentId }: { agentId?: string }): Promise<Check[]> {
  const startedAtMs = Date.now();
  const firstOutcome = await toProbeOutcome(duvo.runs.get(NONEXISTENT_ID));
  const requestTimeMs = (startedAtMs + Date.now()) / 2;
  const reachCheck = checkReachable(firstOutcome);
  if (reachCheck)
    return [reachCheck, ...['scopes', 'agent', 'clocks'].map((check) => skippedCheck(check, 'Duvo cannot be reached'))];
  const key = `doctor-${startedAtMs}`;
  const scopes: Check[] = [];
  for (const { scope, needed, probe } of SCOPE_PROBES) {
    scopes.push(checkScope(scope, needed, await toProbeOutcome(probe(duvo, `${key}-${scope}`))));
  }
  return [
    okCheck('Duvo', `responds in dialect ${duvo.dialect} and accepts the credentials`),
    ...scopes,
    await checkAgent(duvo, agentId),
    checkClocks(firstOutcome, requestTimeMs),
    ...checkDeprecations(duvo),
  ];
}

type ProbeOutcome = DuvoError | { serverTime?: string };

async function toProbeOutcome(call: Promise<unknown>): Promise<ProbeOutcome> {
  try {
    return (await call) as { serverTime?: string };
  } catch (error) {
    if (error instanceof DuvoError) return error;
    throw error;
  }
}

/** Returns the failed check when Duvo cannot be used at all, so that all other checks of Duvo are impossible. */
function checkReachable(outcome: ProbeOutcome): Check | undefined {
  if (!(outcome instanceof DuvoError)) return undefined;
  switch (outcome.kind) {
    case 'unauthorized':
      return failedCheck(
        'Duvo',
        errorMessage(outcome),
        'set DUVO_API_KEY, or DUVO_CLIENT_ID and its secret, to valid ones',
      );
    case 'connection':
    case 'timeout':
      return failedCheck('Duvo', errorMessage(outcome), 'check DUVO_API_BASE_URL, the network and HTTPS_PROXY');
    case 'server':
    case 'rate-limited':
      return failedCheck('Duvo', errorMessage(outcome), 'wait, and run doctor again');
    default:
      return undefined;
  }
}

function checkScope(scope: string, needed: boolean, outcome: ProbeOutcome): Check {
  const check = `scope ${scope}`;
  if (!(outcome instanceof DuvoError)) return okCheck(check, 'granted');
  switch (outcome.kind) {
    case 'forbidden': {
      const createCheck = needed ? failedCheck : warningCheck;
      return createCheck(check, `refused (${outcome.code ?? 'status 403'})`, `give the key, or DUVO_SCOPES, ${scope}`);
    }
    case 'not-in-dialect':
    case 'not-supported':
      return skippedCheck(check, 'this dialect has no request that shows it');
    case 'not-found':
    case 'conflict':
    case 'invalid-request':
      return okCheck(check, 'granted');
    default:
      return warningCheck(check, errorMessage(outcome), 'run doctor again');
  }
}

async function checkAgent(duvo: DuvoClient, agentId: string | undefined): Promise<Check> {
  if (agentId === undefined) return skippedCheck('agent', 'no agent was given: use --agent <id>');
  const outcome = await toProbeOutcome(duvo.agents.get(agentId));
  if (!(outcome instanceof DuvoError)) return okCheck('agent', `${agentId} exists`);
  if (outcome.kind === 'not-in-dialect') return skippedCheck('agent', 'dialect v1 cannot read an agent');
  return failedCheck('agent', errorMessage(outcome), "check the agent's id, and that the key belongs to its team");
}

function checkClocks({ serverTime }: ProbeOutcome, requestTimeMs: number): Check {
  if (serverTime === undefined) return skippedCheck('clocks', 'Duvo does not send its time');
  // Duvo's `Date` header has whole seconds, so it is half a second early on average.
  const skewSeconds = Math.round((requestTimeMs - Date.parse(serverTime) - 500) / 1000);
  const details =
    skewSeconds === 0
      ? 'agree'
      : `this machine is ${Math.abs(skewSeconds)} s ${skewSeconds > 0 ? 'ahead of' : 'behind'} Duvo`;
  if (Math.abs(skewSeconds) * 1000 <= MAX_CLOCK_SKEW_MS) return okCheck('clocks', details);
  return warningCheck('clocks', details, 'set the clock of this machine (NTP): signatures of webhooks depend on it');
}

function checkDeprecations(duvo: DuvoClient): Check[] {
  const known = duvo.deprecations();
  if (known.length === 0) return [okCheck('deprecations', 'no request of these checks is deprecated')];
  return known.map(({ method, path, deprecatedAt, sunsetAt, link }) =>
    warningCheck(
      `${method} ${path}`,
      [`deprecated${deprecatedAt ? ` since ${deprecatedAt}` : ''}`, sunsetAt && `removed on ${sunsetAt}`]
        .filter(Boolean)
        .join(', '),
      `upgrade duvo-temporal, or use another dialect (DUVO_API_DIALECT)${link ? `; see ${link}` : ''}`,
    ),
  );
}
