import { join } from 'node:path';
import type * as workers from '../../../workers';

// The built package starts faster than the TypeScript sources.
// eslint-disable-next-line @typescript-eslint/no-require-imports
const { startDevServer } = require(join(__dirname, '../../../dist/workers')) as typeof workers;

/**
 * Starts a Temporal dev server and does not stop it. With the variable STAY, the process then waits to be killed; otherwise it
 * ends.
 */
void startDevServer().then(({ pid, address }) => {
  process.send?.({ pid, address });
  if (process.env.STAY) setInterval(() => undefined, 60_000);
  else process.disconnect();
});
