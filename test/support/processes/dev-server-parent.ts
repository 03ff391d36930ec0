import { startDevServer } from '../../../workers';

/**
 * Starts a Temporal dev server and does not stop it. With the variable STAY, the process then waits to be killed; otherwise it
 * ends.
 */
void startDevServer().then(({ pid, address }) => {
  process.send?.({ pid, address });
  if (process.env.STAY) setInterval(() => undefined, 60_000);
  else process.disconnect();
});
