import { BUILT_IN_SCENARIOS } from '../../testing';
import { begin, call, look, setUpAgentRequests, start } from '../support/agent-requests';

setUpAgentRequests();

describe('a scenario', () => {
  beforeEach(() => begin());
  test('a step with `polls` is reported for that many polls, and then the next step', async () => {
    const id = await start({
      steps: [{ status: 'pending', polls: 1 }, { status: 'odd', polls: 2 }, { end: 'completed' }],
      outcome: { paid: 1 },
    });
    const seen = [];
    for (let n = 0; n < 4; n++) seen.push((await look(id)).run?.['status']);
    expect(seen).toEqual(['pending', 'odd', 'odd', 'completed']);
    expect((await look(id)).run).toMatchObject({ outcome: { paid: 1 }, completed_at: expect.any(String) as string });
  });
  test('a run waits at an approval until the first answer, and a second answer is refused', async () => {
    const id = await start({
      steps: [{ ask: { type: 'approval', title: 'Pay?' } }, { end: 'completed' }],
      lastMessage: 'paid',
    });
    const { run, pending_human_request: request } = await look(id);
    expect(run).toMatchObject({ status: 'waiting' });
    const path = `/v1/runs/${id}/human-requests/${request?.id}/respond`;
    expect((await call('POST', path, { approved: 'yes' })).status).toBe(422);
    expect((await call('POST', path, { answers: {} })).status).toBe(422);
    expect((await call('POST', path, { approved: true })).status).toBe(200);
    expect(await call('POST', path, { approved: true })).toMatchObject({
      status: 409,
      body: { code: 'human_request_closed' },
    });
    expect((await look(id)).run).toMatchObject({ status: 'completed' });
    const { messages = [], total } = (await call('GET', `/v1/runs/${id}/messages`)).body;
    expect(messages[0]).toMatchObject({ role: 'user', text_content: 'Read it' });
    expect(messages[messages.length - 1]).toMatchObject({ role: 'assistant', text_content: 'paid' });
    expect(total).toBe(messages.length);
  });
  test('the agent of a denied approval ends with another message, as the demo agent does', async () => {
    const scenario = BUILT_IN_SCENARIOS['agent-asks-approval'];
    const steps = scenario?.steps.filter((step) => !('status' in step)) ?? [];
    const id = await start({ ...scenario, steps });
    const { pending_human_request: request } = await look(id);
    await call('POST', `/v1/runs/${id}/human-requests/${request?.id}/respond`, { approved: false });
    const { messages = [] } = (await call('GET', `/v1/runs/${id}/messages`)).body;
    expect(messages.at(-1)).toMatchObject({ text_content: 'The invoice was not posted: a person denied it.' });
  });
  test('an answer to questions that misses one, or is none of the options, is refused', async () => {
    const questions = [
      { question: 'Which?', options: [{ label: 'a' }, { label: 'b' }], multi_select: true },
      { question: 'Why?' },
    ];
    const id = await start({ steps: [{ ask: { type: 'question', title: 'x', questions } }] });
    const path = `/v1/runs/${id}/human-requests/${(await look(id)).pending_human_request?.id}/respond`;
    for (const answers of [
      { 'Which?': 'a' },
      { 'Which?': 'c', 'Why?': 'x' },
      { 'Which?': 'a', 'Why?': 'x', more: 'y' },
    ]) {
      expect((await call('POST', path, { answers })).status).toBe(422);
    }
    expect((await call('POST', path, { answers: { 'Which?': 'a,b', 'Why?': 'x' } })).status).toBe(200);
  });
  test('stop ends a working run, and does nothing to a run that waits or has ended', async () => {
    const id = await start({ steps: [{ ask: { type: 'approval', title: 'x' } }, { status: 'running' }] });
    const { pending_human_request: request } = await look(id);
    expect((await call('POST', `/v1/runs/${id}/stop`)).body).toMatchObject({ success: false });
    await call('POST', `/v1/runs/${id}/human-requests/${request?.id}/respond`, { approved: false });
    expect((await call('POST', `/v1/runs/${id}/stop`)).body).toMatchObject({ success: true });
    expect((await look(id)).run).toMatchObject({ status: 'canceled' });
    expect((await call('POST', `/v1/runs/${id}/stop`)).body).toMatchObject({ success: false });
  });
  test('a message resumes an interrupted run with the steps that follow', async () => {
    const id = await start({ steps: [{ end: 'interrupted' }, { status: 'running', polls: 1 }, { end: 'completed' }] });
    expect((await look(id)).run).toMatchObject({ status: 'interrupted' });
    expect((await call('POST', `/v1/runs/${id}/messages`, { message: 'continue' })).status).toBe(201);
    expect((await look(id)).run).toMatchObject({ status: 'running' });
    expect(await call('POST', `/v1/runs/${id}/messages`, { message: 'again' })).toMatchObject({ status: 409 });
  });
});
