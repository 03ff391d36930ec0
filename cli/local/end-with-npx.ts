/** Time between two checks of the parent process, in milliseconds. */
const CHECK_INTERVAL_MS = 1_000;

/**
 * Ends this process in its orderly way (SIGTERM) when the `npx` that started it has ended. npx does not pass on the SIGTERM
 * that it receives, so a stopped `npx duvo-temporal worker` would leave a worker that nobody knows of. The system gives such a
 * process another parent. A process that was not started by npx may outlive its parent, as under `nohup`.
 */
export function endWithNpx(env: NodeJS.ProcessEnv = process.env): void {
  if (env.npm_command !== 'exec') return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    process.kill(process.pid, 'SIGTERM');
  }, CHECK_INTERVAL_MS);
  timer.unref();
}
