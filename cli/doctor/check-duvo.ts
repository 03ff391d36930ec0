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

export interface DuvoCheckOptions {
  agentId?: string;
  /** The configured address of the API, to find a mistake in it. */
  baseUrl?: string;
}

/** Checks Duvo as the activities use it: connection, credentials, scopes, the agent, clocks, deprecations. */
export async function checkDuvo(duvo: DuvoClient, { agentId, baseUrl }: DuvoCheckOptions): Promise<Check[]> {
  const startedAtMs = Date.now();
  // A request for something that does not exist cannot show that the server is Duvo: any web server answers it with 404.
  const firstOutcome = await toProbeOutcome(duvo.runs.listPage({ limit: 1 }));
  const requestTimeMs = (startedAtMs + Date.now()) / 2;
  const clocks = checkClocks(firstOutcome, requestTimeMs);
  const listsRuns = duvo.dialect !== 'v1' || !isNotSupported(firstOutcome);
  const listOutcome = listsRuns ? firstOutcome : await toProbeOutcome(duvo.call('tools.list', {}));
  const usableCheck = checkUsable(duvo, listOutcome, baseUrl);
  if (usableCheck) {
    const skipped = ['scopes', 'agent'].map((check) => skippedCheck(check, 'Duvo cannot be used'));
    return [usableCheck, ...skipped, clocks];
  }
  const key = `doctor-${startedAtMs}`;
  const scopes: Check[] = [];
  for (const { scope, needed, probe } of SCOPE_PROBES) {
    scopes.push(checkScope(scope, needed, await toProbeOutcome(probe(duvo, `${key}-${scope}`))));
  }
  return [
    okCheck('Duvo', `responds in dialect ${duvo.dialect} and accepts the credentials${listsRuns ? '' : NO_LIST_NOTE}`),
    ...scopes,
    await checkAgent(duvo, agentId),
    clocks,
    ...checkDeprecations(duvo),
  ];
}

/** An installation of v1 may lack the list of runs, which the API reference of v1 does not have. */
const NO_LIST_NOTE = '; it does not list runs, so a person decides about a start whose response was lost';

type ProbeOutcome = DuvoError | { serverTime?: string };

const isNotSupported = (outcome: ProbeOutcome) => outcome instanceof DuvoError && outcome.kind === 'not-supported';

async function toProbeOutcome(call: Promise<unknown>): Promise<ProbeOutcome> {
  try {
    return (await call) as { serverTime?: string };
  } catch (error) {
    if (error instanceof DuvoError) return error;
    throw error;
  }
}

/** Returns the failed check when a list that always exists cannot be read, since all other checks of Duvo then show nothing. */
function checkUsable(duvo: DuvoClient, outcome: ProbeOutcome, baseUrl: string | undefined): Check | undefined {
  if (!(outcome instanceof DuvoError)) return undefined;
  switch (outcome.kind) {
    case 'forbidden':
      // The check of the scope reports it.
      return undefined;
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
      return failedCheck('Duvo', `not the Duvo API: ${errorMessage(outcome)}`, addressFix(duvo, baseUrl));
  }
}

/** Returns the fix for a server that does not answer like Duvo. */
function addressFix({ dialect }: DuvoClient, baseUrl: string | undefined): string {
  const basePath = baseUrl === undefined ? '' : new URL(baseUrl).pathname.replace(/\/+$/, '');
  const version = /\/v\d+$/.exec(basePath)?.[0];
  if (version !== undefined)
    return `remove ${version} from the end of DUVO_API_BASE_URL: requests go to ${basePath}/${dialect}/…`;
  const team = dialect === 'v2' ? ', DUVO_TEAM_ID' : '';
  return `check that DUVO_API_BASE_URL is the address of the Duvo API, without a path, and DUVO_API_DIALECT${team}`;
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

function checkClocks(outcome: ProbeOutcome, requestTimeMs: number): Check {
  const { serverTime } = outcome;
  if (serverTime === undefined) return skippedCheck('clocks', 'Duvo does not send its time');
  // A refused token request never reaches Duvo. A wrong clock can be the reason of the refusal.
  const isFromTokenServer = outcome instanceof DuvoError && outcome.operation === 'oauth.token';
  const server = isFromTokenServer ? 'the authorization server' : 'Duvo';
  // A `Date` header has whole seconds, so it is half a second early on average.
  const skewSeconds = Math.round((requestTimeMs - Date.parse(serverTime) - 500) / 1000);
  const details =
    skewSeconds === 0
      ? 'agree'
      : `this machine is ${Math.abs(skewSeconds)} s ${skewSeconds > 0 ? 'ahead of' : 'behind'} ${server}`;
  if (Math.abs(skewSeconds) * 1000 <= MAX_CLOCK_SKEW_MS) return okCheck('clocks', details);
  const dependents = isFromTokenServer ? 'assertions of the OAuth client' : 'signatures of webhooks';
  return warningCheck('clocks', details, `set the clock of this machine (NTP): ${dependents} depend on it`);
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
