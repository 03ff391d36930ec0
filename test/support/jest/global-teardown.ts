import { rmSync } from 'node:fs';

export default async function globalTeardown(): Promise<void> {
  await globalThis.sharedDevServer?.stop();
  if (globalThis.temporaryFolder) rmSync(globalThis.temporaryFolder, { recursive: true, force: true, maxRetries: 3 });
}
