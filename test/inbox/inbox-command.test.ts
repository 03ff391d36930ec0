import type { GateListResponse } from '../../inbox/api-types';
import { runCommand, startCommandProcess } from '../support/command-line';
import { exchangeToken, InboxCaller } from '../support/inbox/inbox-caller';
import { eventually } from '../support/stack';

const address = process.env.TEST_TEMPORAL_ADDRESS ?? '';

test('the command prints a link for one browser, then the next one, and ends in an orderly way', async () => {
  const flags = ['--address', address, '--port', '0', '--as', 'dora', '--group', 'legal', '--group', 'finance'];
  const command = startCommandProcess('inbox', ...flags, '--json');
  const [line = ''] = await eventually(() => command.out.length > 0 && command.out);
  const { url, link } = JSON.parse(line) as { url: string; link: string };
  const reply = await exchangeToken(link);
  expect(reply.status).toBe(204);
  const dora = new InboxCaller(url, reply.headers['set-cookie']?.[0]?.split(';')[0]);
  const { person } = (await dora.get('/api/gates?q=none')).json<GateListResponse>();
  expect(person).toEqual({ by: 'dora', groups: ['legal', 'finance'] });
  const [note = ''] = await eventually(() => command.findNotes('for one more browser'));
  expect((await exchangeToken(note.replace('for one more browser: ', ''))).status).toBe(204);
  await exchangeToken(link);
  await eventually(() => command.findNotes('denied (wrong-token): POST /api/session, 127.0.0.1'));
  command.kill?.('SIGTERM');
  expect(await command.code).toBe(0);
});

test.each([
  [['--host', '0.0.0.0'], "--host: '0.0.0.0' must be 127.0.0.1, ::1 or localhost"],
  [['--port', '99999'], '--port must be a whole number from 0 to 65535'],
  [['--as', ' '], '--as is blank'],
])('%j is refused', async (flags, problem) => {
  const { code, notes } = await runCommand('inbox', '--address', address, ...flags);
  expect(notes).toContain(problem);
  expect(code).toBe(2);
});
