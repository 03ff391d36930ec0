import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The run in every response: 1 KB of JSON that is valid in both dialects of the API. */
const run = {
  id: '5b0c4a52-3a1e-4a57-9a7e-0d4a1c1f9b10',
  agent_id: '9d2f7c1e-6f0b-4f4e-8a43-2b8d6f5e7c21',
  build_id: '1f3e5d7c-9b8a-4c6d-8e2f-3a5b7c9d1e32',
  status: 'running',
  source: 'api',
  sandbox_id: null,
  started_at: '2026-01-01T09:00:01.000Z',
  completed_at: null,
  created_at: '2026-01-01T09:00:00.000Z',
  updated_at: '2026-01-01T09:00:02.000Z',
  human_in_the_loop_enabled: true,
  owner: { team: 'finance' },
  note: '',
};
run.note = 'x'.repeat(1024 - JSON.stringify({ run }).length);
const body = JSON.stringify({ run });

const server = createServer((request, response) => {
  request.resume();
  response.writeHead(200, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    'x-request-id': 'req_5b0c4a52',
    'x-ratelimit-limit': '300',
    'x-ratelimit-remaining': '299',
    'x-ratelimit-reset': '1767258060',
  });
  response.end(body);
});
// The parent process reads the port from this IPC message.
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
process.once('disconnect', () => process.exit(0));
