import { createHash } from 'node:crypto';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';

export const UPLOAD_URL_SECRET = 'X-Signature=s3cr3t-of-the-upload-url';

/** An HTTP server that accepts uploads at its URLs. It counts and hashes the bytes that it receives. */
export class UploadStore {
  readonly puts: { url: string; headers: IncomingHttpHeaders; bytes: number; hash: string; whole: boolean }[] = [];
  /** Called when the first bytes of a body arrive. */
  onFirstBytes: (request: IncomingMessage, response: ServerResponse) => void = () => undefined;
  respond: (response: ServerResponse) => void = (response) => response.end();

  private constructor(readonly server: Server) {}

  static async start(): Promise<UploadStore> {
    const server = createServer();
    const store = new UploadStore(server);
    server.on('request', (request, response) => {
      const hash = createHash('sha256');
      let bytes = 0;
      request.on('data', (chunk: Buffer) => {
        if (bytes === 0) store.onFirstBytes(request, response);
        bytes += chunk.length;
        hash.update(chunk);
      });
      request.on('error', () => undefined);
      request.on('close', () => {
        const { url = '', headers, complete: whole } = request;
        store.puts.push({ url, headers, bytes, hash: hash.digest('hex'), whole });
        server.emit('put');
      });
      request.on('end', () => store.respond(response));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return store;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/bucket/key?${UPLOAD_URL_SECRET}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
