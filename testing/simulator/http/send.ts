import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HttpResponse } from '../shared/refusal';

/** Sends a response. A body of type string is sent as HTML, as a proxy's error page would be. */
export function send(response: ServerResponse, { status, body, headers }: HttpResponse): void {
  if (response.destroyed) return;
  const isText = typeof body === 'string';
  response.writeHead(status, {
    'content-type': isText ? 'text/html' : 'application/json',
    'x-request-id': randomUUID(),
    ...headers,
  });
  response.end(isText ? body : JSON.stringify(body));
}

/** Sends the headers and half of the body, then closes the connection. */
export function sendHalf(response: ServerResponse, { status, body, headers }: HttpResponse): void {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    ...headers,
  });
  response.write(text.slice(0, Math.ceil(text.length / 2)), () => response.destroy());
}

export function readHeader(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}
