import type { AddressInfo } from 'node:net';
import { type ParsedMail, simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';
import { eventually } from '../stack';

/** A real mail server on this machine, without TLS. */
export class MailServer {
  readonly mails: ParsedMail[] = [];
  /** The reply code with which the server refuses the next mails; 0 accepts them. */
  refuseWith = 0;
  private readonly server: SMTPServer;

  private constructor() {
    this.server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS'],
      onAuth: ({ password }, _session, callback) =>
        password === 'right' ? callback(null, { user: 'duvo' }) : callback(new Error('wrong password')),
      onMailFrom: (_address, _session, callback) => {
        if (this.refuseWith === 0) return callback();
        callback(Object.assign(new Error('refused alice@example.com'), { responseCode: this.refuseWith }));
      },
      onData: (stream, _session, callback) => {
        simpleParser(stream).then((mail) => {
          this.mails.push(mail);
          callback();
        }, callback);
      },
    });
    this.server.on('error', () => undefined);
  }

  static async start(): Promise<MailServer> {
    const mailServer = new MailServer();
    await new Promise<void>((resolve) => mailServer.server.listen(0, '127.0.0.1', resolve));
    return mailServer;
  }

  url(user = ''): string {
    return `smtp://${user}127.0.0.1:${(this.server.server.address() as AddressInfo).port}`;
  }

  waitForMail(count: number): Promise<ParsedMail> {
    return eventually(() => this.mails[count - 1]);
  }

  stop(): Promise<void> {
    return new Promise((resolve) => void this.server.close(resolve));
  }
}
