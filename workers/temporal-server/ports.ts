import { createServer, connect } from 'node:net';

/**
 * Returns a free TCP port outside the range that the operating system uses for outgoing connections. Inside that range, a
 * server that restarts could lose its port to another connection, or a client that reconnects could connect to itself.
 */
export async function findFreePort(ip: string): Promise<number> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const port = 12_000 + Math.floor(Math.random() * 20_000);
    if (await isPortFree(ip, port)) return port;
  }
  throw new Error(`no free port was found on ${ip}`);
}

/** Returns the port that a server usually has, or a free one when it is taken. */
export async function findUsualPort(port: number, ip = '127.0.0.1'): Promise<number> {
  return (await isPortFree(ip, port)) ? port : findFreePort(ip);
}

/** Whether a server could listen on the port. */
export function isPortFree(ip: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, ip, () => server.close(() => resolve(true)));
  });
}

/** Whether a process listens on the port. */
export function isPortOpen(ip: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: ip, port });
    const settle = (open: boolean) => {
      socket.destroy();
      resolve(open);
    };
    socket.once('connect', () => settle(true));
    socket.once('error', () => settle(false));
    socket.setTimeout(1_000, () => settle(false));
  });
}
