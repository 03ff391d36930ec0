#!/usr/bin/env node
import { runCli } from './program';
import { exitOnWriteErrors, exitWhenWritten } from './terminal/output';

exitOnWriteErrors();
// A command that failed may leave open handles, which would keep the process alive.
void runCli(process.argv.slice(2)).then(exitWhenWritten);
