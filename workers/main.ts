import { runWorkerProcess } from './worker-process';

/** The worker process. All of its configuration comes from the environment. */
void runWorkerProcess().then(() => process.exit());
