import { runWorkerProcess } from './worker-process';

/** Entry point of the worker process, which is configured by environment variables only. */
void runWorkerProcess().then(() => process.exit());
