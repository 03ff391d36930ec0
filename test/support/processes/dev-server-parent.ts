import { startDevServer } from '../../../workers';

/** A process that starts a server and leaves it at that, by what it is told to do: it ends, or it waits to be killed. */
void startDevServer().then(({ pid, address }) => {
  process.send?.({ pid, address });
  if (process.env.STAY) setInterval(() => undefined, 60_000);
  else process.disconnect();
});
