import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

type RequestHandler = (response: ServerResponse, request: IncomingMessage) => unknown;

/** An HTTP server of items. It answers requests with the given answers in turn; the last answer serves all further ones. */
export class SourceServer {
  readonly requests: IncomingMessage[] = [];
  private answers: RequestHandler[] = [];

  private constructor(private readonly server: Server) {
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      this.requests.push(request);
      const answer = this.answers.length > 1 ? this.answers.shift() : this.answers[0];
      answer?.(response, request);
    });
  }

  static async start(): Promise<SourceServer> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new SourceServer(server);
  }

  url(path: string): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}${path}`;
  }

  setAnswers(...answers: RequestHandler[]): void {
    this.requests.length = 0;
    this.answers = answers;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
