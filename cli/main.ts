#!/usr/bin/env node
import { runCli } from './program';

void runCli(process.argv.slice(2)).then((code) => {
  // A command that failed may leave open handles, which would keep the process alive.
  process.exit(code);
});
