/** Reads the channels that report gates to people from a YAML file. */
import { readFileSync } from 'node:fs';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import {
  emailChannel,
  type NotificationChannel,
  type NotificationOptions,
  slackChannel,
  teamsChannel,
  webhookChannel,
} from '../../activities';
import { CHANNEL_NAME_RULE, isChannelName } from '../../contract';
import { ConfigError, type ConfigProblem } from './config-error';

const VARIABLE = 'DUVO_CHANNELS_FILE';
const REFERENCE = /\$\{([A-Za-z_]\w*)\}/g;
const WHOLE_REFERENCE = /^\$\{[A-Za-z_]\w*\}$/;
/** A password in a URL that is not a reference. */
const WRITTEN_PASSWORD = /^[a-z]+:\/\/[^/@:]*:(?!\$\{[A-Za-z_]\w*\}@)[^/@]*@/i;

const SECRET_RULE = 'must be a reference to a variable, such as ${OPS_SECRET}: the file must not hold a secret';

/**
 * Returns the notifications of a worker: the options, and for what they leave out the variables.
 *
 * @throws ConfigError that lists every problem
 */
export function readNotifications(
  { channelsFile, inboxUrl }: { channelsFile?: string; inboxUrl?: string },
  options: NotificationOptions = {},
  env: NodeJS.ProcessEnv = process.env,
): NotificationOptions {
  const wrongName = Object.keys(options.channels ?? {}).find((name) => !isChannelName(name));
  if (wrongName !== undefined)
    throw new ConfigError([{ variable: 'notifications.channels', problem: `a name ${CHANNEL_NAME_RULE}` }]);
  return {
    channels: options.channels ?? (channelsFile === undefined ? {} : readChannelsFile(channelsFile, env)),
    inboxUrl: options.inboxUrl ?? inboxUrl,
  };
}

function readChannelsFile(file: string, env: NodeJS.ProcessEnv): Record<string, NotificationChannel> {
  const parsed = fileSchema(env).safeParse(parseYaml(file));
  if (!parsed.success) throw new ConfigError(parsed.error.issues.map(({ path, message }) => problem(path, message)));
  const problems: ConfigProblem[] = [];
  const channels = Object.entries(parsed.data.channels).flatMap(([name, channel]) => {
    try {
      return [[name, createChannel(channel)] as const];
    } catch (error) {
      problems.push(problem(['channels', name], (error as Error).message));
      return [];
    }
  });
  if (problems.length > 0) throw new ConfigError(problems);
  return Object.fromEntries(channels);
}

function parseYaml(file: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigError([problem([], `cannot be read (${(error as NodeJS.ErrnoException).code}): check the path`)]);
  }
  const document = parseDocument(text);
  const [error] = document.errors;
  // The message of the parser shows lines of the file.
  if (error) throw new ConfigError([problem([], `is not YAML: line ${error.linePos?.[0].line ?? '?'}, ${error.code}`)]);
  return document.toJS();
}

function problem(path: PropertyKey[], message: string): ConfigProblem {
  const place = path.map(String).join('.');
  return { variable: place === '' ? VARIABLE : `${VARIABLE} (${place})`, problem: message };
}

/** The schema of the file. Every text may have references `${NAME}` to variables. */
function fileSchema(env: NodeJS.ProcessEnv) {
  const resolve = (value: string, context: z.core.$RefinementCtx<string>, encode = (text: string) => text): string =>
    value.replace(REFERENCE, (_reference, name: string) => {
      const found = env[name];
      if (!found) context.issues.push({ code: 'custom', input: value, message: `needs the variable ${name}: set it` });
      return encode(found ?? '');
    });
  const text = z
    .string({ error: 'is missing, or is no text' })
    .min(1, { error: 'is empty' })
    .transform((value, context) => resolve(value, context));
  const secret = z
    .string({ error: 'is missing, or is no text' })
    .regex(WHOLE_REFERENCE, { error: SECRET_RULE, abort: true })
    .transform((value, context) => resolve(value, context));
  const url = z
    .string({ error: 'is missing, or is no text' })
    .refine((value) => !WRITTEN_PASSWORD.test(value), {
      error:
        'must have its password as a reference, such as https://user:${PASSWORD}@host: the file must not hold a secret',
      abort: true,
    })
    // A password may have characters that end it in a URL; a reference to a whole URL stays as it is.
    .transform((value, context) =>
      WHOLE_REFERENCE.test(value) ? resolve(value, context) : resolve(value, context, encodeURIComponent),
    );
  const channel = z.discriminatedUnion(
    'type',
    [
      z.strictObject({ type: z.literal('webhook'), url, secret }),
      z.strictObject({ type: z.literal('slack'), url: secret }),
      z.strictObject({ type: z.literal('teams'), url: secret }),
      z.strictObject({
        type: z.literal('email'),
        smtp: url,
        from: text,
        to: z.array(text, { error: 'must be a list of addresses' }).min(1, { error: 'is empty' }),
      }),
    ],
    { error: 'must be webhook, slack, teams or email' },
  );
  const name = z.string().refine(isChannelName);
  const channels = z.record(name, channel, {
    error: ({ code }) =>
      code === 'invalid_key' ? `a name ${CHANNEL_NAME_RULE}` : 'must have the channels by their names',
  });
  return z.strictObject({ channels }, { error: 'must have the field channels, and no other' });
}

type ChannelDefinition = z.infer<ReturnType<typeof fileSchema>>['channels'][string];

function createChannel(channel: ChannelDefinition): NotificationChannel {
  switch (channel.type) {
    case 'webhook':
      return webhookChannel(channel);
    case 'slack':
      return slackChannel(channel);
    case 'teams':
      return teamsChannel(channel);
    case 'email':
      return emailChannel(channel);
  }
}
