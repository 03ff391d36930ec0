#!/usr/bin/env node
import { endWithNpx } from './local/end-with-npx';
import { runCli } from './program';
import { exitOnWriteErrors, exitWhenWritten } from './terminal/output';

exitOnWriteErrors();
endWithNpx();
// A command that failed may leave open handles, which would keep the process alive.
void runCli(process.argv.slice(2)).then(exitWhenWritten);
