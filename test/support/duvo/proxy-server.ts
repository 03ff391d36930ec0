import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';

/** A real HTTP proxy that opens tunnels (CONNECT). */
export class ProxyServer {
  /** The targets of all tunnel requests, as `host:port`. */
  readonly targets: string[] = [];
  /** The credentials that the proxy requires, as `user:password`. */
  requiredCredentials: string | undefined;
  /** Refuses tunnels with this status, or never responds to tunnel requests. */
  refuseWith: number | 'silent' | undefined;
  /** Called when a client requests a tunnel, and when a client disconnects. */
  onConnect: () => void = () => undefined;
  onClose: () => void = () => undefined;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor() {
    this.#server = createServer((_request, response) => response.writeHead(501).end());
    this.#server.on('connection', (socket) => this.#track(socket));
    this.#server.on('connect', (request, socket: Socket, head) => this.#connect(request, socket, head));
  }

  static async start(): Promise<ProxyServer> {
    const proxy = new ProxyServer();
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get url(): string {
    return `http://${this.address}`;
  }

  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #connect(request: IncomingMessage, socket: Socket, head: Buffer): void {
    this.targets.push(request.url ?? '');
    socket.on('close', () => this.onClose());
    this.onConnect();
    const expected = this.requiredCredentials && `Basic ${Buffer.from(this.requiredCredentials).toString('base64')}`;
    const status = request.headers['proxy-authorization'] === expected ? this.refuseWith : 407;
    if (status === 'silent') return void socket.on('end', () => socket.end()).resume();
    if (status !== undefined) return void socket.end(`HTTP/1.1 ${status} No\r\ncontent-length: 0\r\n\r\n`);
    const { hostname, port } = new URL(`http://${request.url}`);
    const target = connect(Number(port), hostname, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      target.write(head);
      target.pipe(socket).pipe(target);
    });
    this.#track(target);
    target.on('close', () => socket.destroy());
    socket.on('close', () => target.destroy());
  }

  #track(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => this.#sockets.delete(socket));
  }
}
