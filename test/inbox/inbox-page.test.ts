import { randomUUID } from 'node:crypto';
import type { Browser, Page } from 'playwright-core';
import { type Inbox, startInbox } from '../../inbox';
import { duvo, setUpDuvoWorkflows, stack } from '../support/duvo-workflows';
import { startChromium } from '../support/inbox/chromium';
import { type InboxPage, openInboxPage } from '../support/inbox/inbox-browser';
import { openGates } from '../support/inbox/process-gates';
import { eventually, waitForOpenGate } from '../support/stack';

setUpDuvoWorkflows();
let browser: Browser;
let alices: Inbox;
let bobs: Inbox;
let alice: InboxPage;
let bob: InboxPage;
beforeAll(async () => {
  alices = await startInbox({ client: stack.client, person: { by: 'alice' } });
  bobs = await startInbox({ client: stack.client, person: { by: 'bob' } });
  browser = await startChromium();
  [alice, bob] = await Promise.all([openInboxPage(browser, alices), openInboxPage(browser, bobs)]);
});
afterEach(() => {
  expect([...alice.problems, ...bob.problems]).toEqual([]);
});
afterAll(async () => {
  await browser?.close();
  await Promise.all([alices?.close(), bobs?.close()]);
});

const gatePath = (ref: string) => `/gates/${encodeURIComponent(ref)}`;
const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const rows = (page: Page) => page.locator('.row');

const HOSTILE = [
  '**bold** <script>document.title = "stolen"</script> <img src=x onerror="document.title = `stolen`">',
  '[a](javascript:alert(1)) [b](data:text/html,x) [c](https://example.com) ![d](https://example.com/i.png)',
  'a \u202e b \u001b[31m c',
].join('\n\n');

test('a gate is found in the list, read as safe Markdown, and approved with a comment', async () => {
  const { page } = alice;
  const { word, handle } = await openGates(stack, [{ title: 'Pay <b>4711</b>?', description: HOSTILE, due: '2h' }]);
  await alice.open(`/?q=${word}`);
  await rows(page).first().click();
  await page.getByRole('heading', { name: 'Pay <b>4711</b>?' }).waitFor();
  const description = page.locator('.markdown');
  expect(await description.locator('strong').innerText()).toBe('bold');
  const links = await Promise.all((await description.locator('a').all()).map((link) => link.getAttribute('href')));
  expect(links.filter((href) => href !== null)).toEqual(['https://example.com', 'https://example.com/i.png']);
  expect(await description.locator('img, script').count()).toBe(0);
  const text = await description.innerText();
  expect(text).toContain('<script>');
  expect(text).toContain('\\u202e b \\u001b[31m c');
  expect(new URL(page.url()).searchParams.get('q')).toBe(word);
  await page.getByLabel('Comment').fill('checked');
  await button(page, 'Approve').click();
  await page.getByText('You approved this gate.').waitFor();
  expect(await handle.result()).toMatchObject([{ approved: true, by: 'alice', via: 'inbox', comment: 'checked' }]);
  await page.getByText('No open gate fits these filters.').waitFor();
});

test('a gate that opens appears without a reload, and what the person reads stays', async () => {
  const { page } = alice;
  const { word, handle } = await openGates(stack, [{ title: 'First', due: '2h' }]);
  await alice.open(`/?q=${word}`);
  await rows(page).first().click();
  await page.getByLabel('Comment').fill('half written');
  const second = await openGates(stack, [{ title: 'Second', due: '1h' }], word);
  await eventually(async () => (await rows(page).count()) === 2);
  expect(await rows(page).first().innerText()).toContain('Second');
  expect(await page.getByLabel('Comment').inputValue()).toBe('half written');
  await Promise.all([handle.terminate(), second.handle.terminate()]);
});

test("questions are answered with the workflow's own checks", async () => {
  const { page } = alice;
  const questions = [
    { question: 'Which ledger?', options: [{ label: 'main', description: 'the usual one' }, { label: 'side' }] },
    { question: 'Which tags?', multiSelect: true, options: [{ label: 'urgent' }, { label: 'new' }] },
    { question: 'Why?' },
  ];
  const { refs, handle } = await openGates(stack, [{ title: 'File it', questions }]);
  await alice.open(gatePath(refs[0] ?? ''));
  await page.getByLabel('main the usual one').check();
  await page.getByLabel('new').check();
  await page.getByLabel('urgent').check();
  await button(page, 'Send answers').click();
  await page.getByText('question 3: is not answered').waitFor();
  await page.getByLabel('Why?').fill('because');
  await button(page, 'Send answers').click();
  await page.getByText('You answered this gate.').waitFor();
  expect(await handle.result()).toMatchObject([
    { answers: { 'Which ledger?': 'main', 'Which tags?': ['new', 'urgent'], 'Why?': 'because' }, by: 'alice' },
  ]);
});

test('of two people who answer at the same time, the second sees who was first', async () => {
  const { refs, handle } = await openGates(stack, [{ title: 'Race' }]);
  const path = gatePath(refs[0] ?? '');
  await Promise.all([alice.open(path), bob.open(path)]);
  await button(bob.page, 'Deny').waitFor();
  await bob.page.route('**/answer', async (route) => {
    await button(alice.page, 'Approve').click();
    await alice.page.getByText('You approved this gate.').waitFor();
    await route.continue();
  });
  await button(bob.page, 'Deny').click();
  await bob.page.getByText('alice was first. Your answer was not used.').waitFor();
  expect(await button(bob.page, 'Deny').count()).toBe(0);
  await bob.page.unroute('**/answer');
  expect(await handle.result()).toMatchObject([{ approved: true, by: 'alice' }]);
});

test('an answer to a request that has changed says what changed, and can be given again', async () => {
  const { page } = bob;
  const workflowId = `pay-${randomUUID()}`;
  const { taskQueue, client } = stack;
  const handle = await client.workflow.start('paysInTwoExecutions', { taskQueue, workflowId, args: [{}] });
  const { ref } = await eventually(() => waitForOpenGate(handle).catch(() => undefined));
  await bob.open(gatePath(ref));
  await page.getByRole('heading', { name: 'Pay 1?' }).waitFor();
  await page.route('**/answer', async (route) => {
    await duvo.gates.answer(ref, { approved: true, by: 'carol' });
    await eventually(async () => (await duvo.gates.get(ref).catch(() => undefined))?.title === 'Pay 9999?');
    await route.continue();
  });
  await button(page, 'Approve').click();
  await page.getByText('Your answer was not used. Check what changed, and answer again.').waitFor();
  expect(await page.locator('.changes').innerText()).toMatch(/Pay 1\?[^]*Pay 9999\?/);
  await page.unroute('**/answer');
  await button(page, 'Show the new request').click();
  await page.getByRole('heading', { name: 'Pay 9999?' }).waitFor();
  await button(page, 'Deny').click();
  await page.getByText('You denied this gate.').waitFor();
  expect(await client.workflow.getHandle(workflowId).result()).toEqual(['carol', 'bob']);
});

test('the keyboard alone is enough to find a gate and to deny it', async () => {
  const { page } = alice;
  const { word, handle } = await openGates(stack, [
    { title: 'One', due: '1h' },
    { title: 'Two', due: '2h' },
  ]);
  const press = (key: string) => page.keyboard.press(key);
  await alice.open('/');
  await page.getByRole('heading', { name: 'Inbox' }).waitFor();
  await press('?');
  await page.getByRole('dialog', { name: 'Keys' }).waitFor();
  await press('Escape');
  await press('/');
  await page.keyboard.type(word);
  await eventually(async () => (await rows(page).count()) === 2);
  await press('Escape');
  await press('j');
  await press('j');
  await eventually(() => page.locator('.row:focus', { hasText: 'Two' }).count());
  await press('Enter');
  await page.getByRole('heading', { name: 'Two' }).waitFor();
  await button(page, 'Deny').waitFor();
  await press('d');
  await press('Enter');
  await page.getByText('You denied this gate.').waitFor();
  await press('Escape');
  await press('k');
  await press('Enter');
  await page.getByRole('heading', { name: 'One' }).waitFor();
  await button(page, 'Approve').waitFor();
  await press('a');
  await press('Enter');
  await page.getByText('You approved this gate.').waitFor();
  expect(await handle.result()).toMatchObject([{ approved: true }, { approved: false }]);
});

test('of 200 gates, only the visible rows are in the document, and the last one can be reached', async () => {
  const { page } = alice;
  const word = `many${randomUUID().slice(0, 8)}`;
  const inputs = Array.from({ length: 50 }, (_one, index) => ({ title: `Number ${index}` }));
  const opened = await Promise.all(Array.from({ length: 4 }, () => openGates(stack, inputs, word)));
  await alice.open(`/?q=${word}`);
  await page.getByText(/^200 (of \d+ )?open$/).waitFor();
  expect(await rows(page).count()).toBeLessThan(60);
  await page.evaluate(`document.querySelector('.rows').scrollTo(0, 1e6)`);
  await page.locator('li[aria-posinset="200"]').waitFor();
  await Promise.all(opened.map(({ handle }) => handle.terminate()));
});

test.each(['light', 'dark'] as const)(
  'no view has a violation by axe, nor is wider than 360 px, in the %s theme',
  async (theme) => {
    const own = await openInboxPage(browser, alices, { colorScheme: theme, viewport: { width: 360, height: 740 } });
    const { page } = own;
    const { word, refs, handle } = await openGates(stack, [
      {
        title: `Pay ${'4711'.repeat(40)}?`,
        description: `${HOSTILE}\n\n${'x'.repeat(400)}`,
        quorum: 2,
        approvers: ['alice', 'bob'],
      },
      {
        title: 'File it',
        questions: [{ question: 'Which?', options: [{ label: 'a' }] }, { question: 'Why?' }],
        due: '1s',
      },
    ]);
    const [pay = '', file = ''] = refs;
    const check = async () => {
      expect(await own.findViolations()).toEqual([]);
      expect(await page.evaluate('document.scrollingElement.scrollWidth')).toBe(360);
    };
    await own.open(`/?q=${word}`);
    await eventually(async () => (await rows(page).count()) === 2);
    await check();
    await own.open(gatePath(file));
    await button(page, 'Send answers').waitFor();
    await check();
    await own.open(gatePath(pay));
    await button(page, 'Approve').click();
    await page.getByText('Your answer counts: 1 of 2 approvals.').waitFor();
    await check();
    await page.getByRole('link', { name: 'Back to the list' }).click();
    await rows(page).first().waitFor();
    await button(page, 'Keys').click();
    await page.getByRole('dialog').waitFor();
    await check();
    await own.open(`/?q=${word}+nothing`);
    await page.getByText('No open gate fits these filters.').waitFor();
    await check();
    await page.context().clearCookies();
    await own.open('/');
    await page.getByText('You are not signed in.').waitFor();
    await check();
    expect(own.problems).toEqual([]);
    await own.close();
    await handle.terminate();
  },
);

test('a page whose inbox has ended says so, and keeps what it shows', async () => {
  const own = await startInbox({ client: stack.client, person: { by: 'carol' } });
  const dora = await openInboxPage(browser, own);
  const { page } = dora;
  const { word, handle } = await openGates(stack, [{ title: 'Stays' }]);
  await page.goto(`${own.url}/?q=${word}`);
  await rows(page).first().waitFor();
  await own.close();
  await page.getByText('The inbox cannot be reached.').waitFor();
  expect(await rows(page).first().innerText()).toContain('Stays');
  await dora.close();
  await handle.terminate();
});
