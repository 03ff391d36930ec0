import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';

const FILES = [
  { file: 'index.html', type: 'text/html; charset=utf-8', urls: ['/', '/gates/*'] },
  { file: 'app.js', type: 'text/javascript; charset=utf-8', urls: ['/assets/app.js'] },
  { file: 'app-style.css', type: 'text/css; charset=utf-8', urls: ['/assets/app-style.css'] },
  { file: 'icon.svg', type: 'image/svg+xml', urls: ['/assets/icon.svg'] },
];

/** Adds the page. It has no data, so it needs no session. */
export async function addPageRoutes(app: FastifyInstance): Promise<void> {
  for (const { file, type, urls } of FILES) {
    const content = await readFile(join(pageFolder(), file));
    for (const url of urls)
      app.get(url, (_request, reply) => reply.type(type).header('cache-control', 'no-cache').send(content));
  }
}

/** The built page is beside the compiled server. From the TypeScript source, it has another relative path. */
function pageFolder(): string {
  const beside = join(__dirname, '..', 'page');
  return existsSync(join(beside, 'app.js')) ? beside : join(__dirname, '..', '..', 'dist', 'inbox', 'page');
}
