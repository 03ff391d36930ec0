import { userInfo } from 'node:os';
import type { Command } from 'commander';
import { type Inbox, type InboxOptions, startInbox } from '../inbox';
import { findUsualPort } from '../workers';
import { addConnectionFlags, type ConnectionFlags, withClient } from './connection';
import { addExamples } from './flags/examples';
import { integerFlag, nonBlankFlag } from './flags/flag-options';
import { flagOrigins, withFlagNames } from './flags/name-flags';
import { untilStopSignal } from './terminal/interrupt';
import type { Output } from './terminal/output';
import { formatFields } from './terminal/table';

/** The port after that of Temporal's web UI. */
const INBOX_PORT = 8234;

interface Flags extends ConnectionFlags {
  host?: string;
  port?: number;
  as?: string;
  group?: string[];
}

export function addInbox(program: Command, output: Output): void {
  const command = addConnectionFlags(program.command('inbox'))
    .description('serve a web page on this machine in which one person answers gates, until Ctrl-C')
    .option('--host <host>', 'address to listen on: 127.0.0.1, ::1 or localhost (default: 127.0.0.1)')
    .addOption(integerFlag('--port <n>', `port (default: ${INBOX_PORT}, or a free one when it is taken)`, 0, 65_535))
    .addOption(nonBlankFlag('--as <name>', "the person in the receipts (default: this machine's user)"))
    .option('--group <name>', 'a group of this person; repeat it for every group', (one, all: string[] = []) => [
      ...all,
      one,
    ])
    .action((flags: Flags) =>
      withClient(flags, async (client) => {
        const { host, port, as: by, group: groups } = flags;
        const origins = flagOrigins({ host: ['--host', host], port: ['--port'] });
        const inbox = await withFlagNames(origins, () => startOwnInbox({ client, host, port, by, groups }, output));
        if (flags.json) output.print(JSON.stringify({ url: inbox.url, link: inbox.createLink() }));
        else output.print(formatFields({ inbox: inbox.createLink() }, output));
        output.note('the link opens the inbox in one browser; the next link follows when it was used');
        await untilStopSignal();
        output.note('stopping …');
        await inbox.close();
      }),
    );
  addExamples(command, 'inbox', 'inbox --as alice@example.com --group finance');
}

export interface OwnInboxOptions extends Pick<InboxOptions, 'client' | 'host' | 'port'> {
  by?: string;
  groups?: string[];
}

/** Starts an inbox for the person at this machine, which prints its next links and what it refuses. */
export async function startOwnInbox(
  { client, host, port, by = userInfo().username, groups }: OwnInboxOptions,
  output: Output,
): Promise<Inbox> {
  return startInbox({
    client,
    host,
    port: port ?? (await findUsualPort(INBOX_PORT)),
    person: { by, ...(groups && { groups }) },
    onLogin: (link) => output.note(`for one more browser: ${link}`),
    onDenied: ({ reason, method, route, address }) => output.note(`denied (${reason}): ${method} ${route}, ${address}`),
  });
}
