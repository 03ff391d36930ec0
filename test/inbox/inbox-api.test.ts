import { randomUUID } from 'node:crypto';
import type { ReceiptsPage } from '../../contract/gates/receipts';
import type { DeniedAccess, Inbox } from '../../inbox';
import { startInbox } from '../../inbox';
import type { AnswerResponse, ErrorResponse, GateListResponse, GateResponse } from '../../inbox/api-types';
import { duvo, setUpDuvoWorkflows, stack } from '../support/duvo-workflows';
import { exchangeToken, FOREIGN_HEADERS, InboxCaller } from '../support/inbox/inbox-caller';
import { openApproval, openGates } from '../support/inbox/process-gates';
import { ASKS, firstGate, scriptedInput } from '../support/runs/scripted-runs';
import { eventually } from '../support/stack';

setUpDuvoWorkflows();
const denied: DeniedAccess[] = [];
let inbox: Inbox;
let alice: InboxCaller;
beforeAll(async () => {
  const person = { by: 'alice', groups: ['legal'] };
  inbox = await startInbox({ client: stack.client, person, onDenied: (access) => denied.push(access) });
  alice = await InboxCaller.logIn(inbox);
});
beforeEach(() => {
  denied.length = 0;
});
afterAll(() => inbox.close());

const listed = async (query: string, caller = alice) =>
  (await caller.get(`/api/gates?${query}`)).json<GateListResponse>();
const isOpen = async (ref: string) => (await duvo.gates.get(ref)).status === 'open';

describe('the list', () => {
  test('comes from visibility, also when no worker could answer a query', async () => {
    const { word, refs, handle } = await openGates(
      stack,
      Array.from({ length: 40 }, (_one, index) => ({ title: `Invoice ${index}` })),
    );
    await eventually(async () => (await listed(`q=${word}`)).gates.length === 40);
    await stack.stopWorkers();
    try {
      const other = await startInbox({ client: stack.client, person: { by: 'bob' } });
      const list = await listed(`q=${word}`, await InboxCaller.logIn(other));
      expect(list.person).toEqual({ by: 'bob' });
      expect(list.gates.map(({ ref }) => ref).sort()).toEqual([...refs].sort());
      await other.close();
    } finally {
      await stack.startWorkers();
      await handle.terminate();
    }
  });

  test('has the filters of its query, and puts what is due first at the beginning', async () => {
    const { word, refs, handle } = await openGates(stack, [
      { title: 'Pay Ümit' },
      { title: 'Pay late', due: '3h' },
      { title: 'Pay soon', due: '1h' },
      { title: 'Pay bob', approvers: ['bob'] },
    ]);
    const [umit, late, soon, bobs] = refs;
    const refsOf = async (query: string) => (await listed(`q=${word}${query}`)).gates.map(({ ref }) => ref);
    await eventually(async () => (await refsOf('')).length === 4);
    expect((await refsOf('')).slice(0, 2)).toEqual([soon, late]);
    expect(await refsOf('+ÜMIT')).toEqual([umit]);
    expect(await refsOf('&mine=1')).not.toContain(bobs);
    expect(await refsOf('&process=asksOf')).toHaveLength(4);
    expect(await refsOf('&process=other')).toEqual([]);
    expect(await refsOf('&agent=a')).toEqual([]);
    expect((await listed('')).processes).toContain('asksOf');
    await handle.terminate();
  });

  test('reports a new gate to the pages by an event', async () => {
    const revisions = alice.revisions();
    const first = (await revisions.next()).value as number;
    const { handle } = await openApproval(stack);
    for await (const revision of revisions) if (revision > first) break;
    await handle.terminate();
  });
});

describe('an answer', () => {
  test("has the name and the groups of the session, and leaves a receipt 'via inbox'", async () => {
    const { handle, ref, requestHash } = await openApproval(stack, { quorum: { legal: 1 }, exclude: ['eve'] });
    const reply = await alice.answer(ref, { approved: true, comment: 'checked', requestHash });
    expect(reply.json<AnswerResponse>()).toMatchObject({
      verdict: { status: 'closed', outcome: 'approved' },
      gate: { status: 'closed', by: 'alice', via: 'inbox' },
    });
    const { receipts } = await handle.query<ReceiptsPage>('receipts');
    expect(receipts).toMatchObject([
      { by: 'alice', groups: ['legal'], via: 'inbox', comment: 'checked', seenHash: requestHash },
    ]);
    expect(await handle.result()).toMatchObject([{ approved: true, by: 'alice', via: 'inbox' }]);
  });

  test.each([{ by: 'eve' }, { groups: ['legal'] }, { via: 'duvo' }])(
    'that names its own %j is refused',
    async (more) => {
      const { handle, ref, requestHash } = await openApproval(stack);
      const reply = await alice.answer(ref, { approved: true, requestHash, ...more });
      expect([reply.status, reply.json<ErrorResponse>().type]).toEqual([400, 'Duvo.AnswerInvalid']);
      expect(denied).toMatchObject([{ reason: 'identity-in-body', method: 'POST', route: '/api/gates/:ref/answer' }]);
      expect(await isOpen(ref)).toBe(true);
      await handle.terminate();
    },
  );

  test('of a person whom the policy does not admit is refused', async () => {
    const { handle, ref, requestHash } = await openApproval(stack, { approvers: ['bob'] });
    const view = await alice.get(`/api/gates/${encodeURIComponent(ref)}`);
    expect(view.json<GateResponse>()).toMatchObject({ mayAnswer: false, gate: { ref } });
    const reply = await alice.answer(ref, { approved: true, requestHash });
    expect([reply.status, reply.json<ErrorResponse>().type]).toEqual([403, 'Duvo.AnswerNotAllowed']);
    await handle.terminate();
  });

  test('that comes second is refused with the gate as it is then', async () => {
    const { ref, requestHash } = await openApproval(stack);
    await duvo.gates.answer(ref, { approved: false, by: 'bob' });
    const reply = await alice.answer(ref, { approved: true, requestHash });
    expect(reply.status).toBe(409);
    expect(reply.json()).toMatchObject({ type: 'Duvo.GateClosed', gate: { outcome: 'denied', by: 'bob' } });
  });

  test('to another request than the one that the gate has is refused with the gate as it is then', async () => {
    const { handle, ref } = await openApproval(stack);
    const reply = await alice.answer(ref, { approved: true, requestHash: '0'.repeat(64) });
    expect(reply.status).toBe(409);
    expect(reply.json()).toMatchObject({ type: 'Duvo.AnswerStale', gate: { title: 'Pay?' } });
    expect((await alice.answer(ref, { approved: true })).status).toBe(400);
    await handle.terminate();
  });

  test('of 5 MB is refused before it is read', async () => {
    const { handle, ref, requestHash } = await openApproval(stack);
    const body = { approved: true, requestHash, comment: 'x'.repeat(5_000_000) };
    const reply = await alice.answer(ref, body).catch((error: NodeJS.ErrnoException) => error);
    // The server may close the connection while the client still sends.
    if ('status' in reply) expect(reply.status).toBe(413);
    expect(await isOpen(ref)).toBe(true);
    expect((await alice.answer(ref, { ...body, comment: 'x'.repeat(20_000) })).status).toBe(422);
    await handle.terminate();
  });

  test('reaches a gate whose ids need escapes in an address', async () => {
    const word = randomUUID();
    const workflowId = `${word}/item/1#2 100%?`;
    const { refs } = await openGates(stack, [{ title: 'Pay?', id: '請/50%#1' }], word, workflowId);
    const [ref = ''] = refs;
    const { gate } = (await alice.get(`/api/gates/${encodeURIComponent(ref)}`)).json<GateResponse>();
    expect(gate).toMatchObject({ ref, gateId: '請/50%#1' });
    const { requestHash } = gate;
    expect((await alice.answer(ref, { approved: true, requestHash })).status).toBe(200);
  });

  test('that is under way is delivered when the inbox closes', async () => {
    const input = scriptedInput(stack, ASKS);
    await duvo.runs.start(input);
    const { ref } = await firstGate(duvo, input.agentId);
    const { requestHash } = await duvo.gates.get(ref);
    const held = stack.simulator.addFault({ operation: 'respond', agentId: input.agentId, effect: { hold: 'before' } });
    const own = await startInbox({ client: stack.client, person: { by: 'carol' } });
    const carol = await InboxCaller.logIn(own);
    const answering = carol.answer(ref, { approved: true, requestHash });
    await eventually(() => held.hits === 1);
    const closing = own.close();
    held.release();
    expect((await answering).status).toBe(200);
    await closing;
    await expect(carol.get('/healthz')).rejects.toThrow();
    expect((await duvo.gates.get(ref)).by).toBe('carol');
  });
});

describe('access', () => {
  test('a link works once, and its cookie cannot be read by a script', async () => {
    const link = inbox.createLink();
    const first = await exchangeToken(link);
    expect(first.status).toBe(204);
    expect(first.headers['set-cookie']?.[0]).toMatch(/^duvo-inbox-\d+=.+; HttpOnly; SameSite=Strict$/);
    expect((await exchangeToken(link)).status).toBe(401);
    expect(denied).toMatchObject([{ reason: 'wrong-token', route: '/api/session' }]);
  });

  test('a request without a session, with a forged one, or with that of another inbox is refused', async () => {
    const { handle, ref, requestHash } = await openApproval(stack);
    const other = await startInbox({ client: stack.client, person: { by: 'mallory' } });
    const [name = '', value = ''] = (alice.cookie ?? '').split(/=(.*)/s);
    const [, foreign = ''] = ((await InboxCaller.logIn(other)).cookie ?? '').split(/=(.*)/s);
    const changed = value.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'));
    for (const cookie of [undefined, `${name}=`, `${name}=forged`, `${name}=${changed}x`, `${name}=${foreign}`]) {
      const caller = new InboxCaller(inbox.url, cookie);
      expect((await caller.get('/api/gates')).status).toBe(401);
      expect((await caller.get('/api/events')).status).toBe(401);
      expect((await caller.answer(ref, { approved: true, requestHash })).status).toBe(401);
    }
    expect(new Set(denied.map(({ reason }) => reason))).toEqual(new Set(['no-session']));
    expect(JSON.stringify(denied)).not.toContain(ref);
    expect(await isOpen(ref)).toBe(true);
    await other.close();
    await handle.terminate();
  });

  test.each(FOREIGN_HEADERS)('an answer from %s is refused, also with a session', async (_what, headers) => {
    const { handle, ref, requestHash } = await openApproval(stack);
    const reply = await alice.answer(ref, { approved: true, requestHash }, headers);
    expect(reply.status).toBe(403);
    expect(denied).toMatchObject([{ reason: headers?.host ? 'wrong-host' : 'cross-site' }]);
    expect(await isOpen(ref)).toBe(true);
    await handle.terminate();
  });

  test('a read from another site is refused', async () => {
    expect((await alice.get('/api/gates', { 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    expect((await alice.get('/api/gates', { origin: 'https://evil.example' })).status).toBe(403);
  });

  test('a form of another site cannot send JSON as text', async () => {
    const reply = await alice.post('/api/session', '{"token":"x"}', { 'content-type': 'text/plain' });
    expect([reply.status, reply.json<ErrorResponse>().type]).toEqual([415, 'Inbox.NotJson']);
  });

  test('guesses of the token are limited', async () => {
    const own = await startInbox({
      client: stack.client,
      person: { by: 'carol' },
      onDenied: (one) => denied.push(one),
    });
    const statuses: number[] = [];
    for (let attempt = 0; attempt < 12; attempt++)
      statuses.push((await exchangeToken(`${own.url}/#token=guess${attempt}`)).status);
    expect(statuses.slice(-2)).toEqual([429, 429]);
    expect(denied.at(-1)).toMatchObject({ reason: 'rate-limit' });
    await own.close();
  });

  test('the page loads nothing from another address, and may be in no frame', async () => {
    const page = await new InboxCaller(inbox.url, undefined).get('/gates/a%23b?q=1');
    expect(page.status).toBe(200);
    expect(page.headers['content-security-policy']).toMatch(/default-src 'none';script-src 'self';/);
    expect(page.headers['content-security-policy']).toContain("frame-ancestors 'none'");
    expect(page.headers['referrer-policy']).toBe('no-referrer');
  });

  test('the health check needs no session, and an unknown path is not found', async () => {
    const nobody = new InboxCaller(inbox.url, undefined);
    expect((await nobody.get('/healthz')).json()).toEqual({ status: 'ready' });
    expect((await nobody.get('/nothing')).status).toBe(404);
    const unknown = await alice.get(`/api/gates/${encodeURIComponent(`${randomUUID()}#p-1`)}`);
    expect([unknown.status, unknown.json<ErrorResponse>().type]).toEqual([404, 'Duvo.GateUnknown']);
  });
});
