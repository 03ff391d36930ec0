import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError, DuvoPlugin } from '../../workers';

const folder = mkdtempSync(join(tmpdir(), 'channels-'));
const file = join(folder, 'channels.yaml');
const VARIABLES = {
  DUVO_API_KEY: 'key',
  DUVO_CHANNELS_FILE: file,
  OPS_SECRET: `whsec_${Buffer.from('a secret of twenty-four bytes').toString('base64')}`,
  SLACK_URL: 'https://hooks.slack.com/services/T0/B0/hidden',
  SMTP_PASSWORD: 'p@ss/word',
};

/** Returns the problems of a file, or an empty list when the plugin accepts the file. */
function problemsOf(text: string, env: NodeJS.ProcessEnv = VARIABLES): string[] {
  writeFileSync(file, text);
  try {
    new DuvoPlugin({ env });
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(({ variable, problem }) => `${variable} ${problem}`);
  }
}

const channel = (...lines: string[]) => ['channels:', '  ops:', ...lines.map((line) => `    ${line}`)].join('\n');

test('a file may have channels of all types', () => {
  const text = [
    'channels:',
    '  ops: { type: webhook, url: "https://ops.example.com/hook", secret: "${OPS_SECRET}" }',
    '  team: { type: slack, url: "${SLACK_URL}" }',
    '  room: { type: teams, url: "${SLACK_URL}" }',
    '  mail:',
    '    type: email',
    '    smtp: "smtps://duvo:${SMTP_PASSWORD}@mail.example.com"',
    '    from: Duvo <duvo@example.com>',
    '    to: [finance@example.com]',
  ];
  expect(problemsOf(text.join('\n'))).toEqual([]);
});

test.each([
  [
    'a secret in the file',
    channel('type: webhook', 'url: https://x', 'secret: whsec_aGlkZGVu'),
    'ops.secret) must be a reference',
  ],
  [
    'the URL of a Slack webhook in the file',
    channel('type: slack', 'url: https://hooks.slack.com/hidden'),
    'ops.url) must be a reference',
  ],
  [
    'a password in the URL of a mail server',
    channel('type: email', 'smtp: smtp://duvo:hidden@x', 'from: a@b.c', 'to: [a@b.c]'),
    'ops.smtp) must have its password as a reference',
  ],
  [
    'a variable that is not set',
    channel('type: slack', 'url: ${NOWHERE}'),
    'ops.url) needs the variable NOWHERE: set it',
  ],
  [
    'an unknown type',
    channel('type: pager', 'url: https://hidden'),
    'ops.type) must be webhook, slack, teams or email',
  ],
  ['an unknown field', channel('type: slack', 'url: ${SLACK_URL}', 'colour: red'), 'ops)'],
  ['no recipients', channel('type: email', 'smtp: smtp://x', 'from: a@b.c', 'to: []'), 'ops.to) is empty'],
  [
    'a sender without an address',
    channel('type: email', 'smtp: smtp://x', 'from: Duvo', 'to: [a@b.c]'),
    'ops) from: must be a mail address',
  ],
  [
    'a URL of another scheme',
    channel('type: webhook', 'url: ftp://x', 'secret: ${OPS_SECRET}'),
    'ops) url: must be an http or https URL',
  ],
  ['a name with a space', 'channels: { "my ops": { type: slack, url: "${SLACK_URL}" } }', 'a name must have 1 to 50'],
  ['no channels', 'channel: {}', 'must have the field channels'],
  ['text that is not YAML', 'channels: [hidden', 'is not YAML'],
])('%s is refused at the start, without its value', (_what, text, expected) => {
  const found = problemsOf(text);
  expect(found.join('\n')).toContain(expected);
  expect(found.join('\n')).toContain('DUVO_CHANNELS_FILE');
  expect(found.join('\n')).not.toContain('hidden');
});

test('a file that does not exist is refused', () => {
  expect(() => new DuvoPlugin({ env: { ...VARIABLES, DUVO_CHANNELS_FILE: join(folder, 'nowhere.yaml') } })).toThrow(
    'DUVO_CHANNELS_FILE cannot be read (ENOENT)',
  );
});
