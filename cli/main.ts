#!/usr/bin/env node
import { runCli } from './program';

void runCli(process.argv.slice(2)).then((code) => {
  // Open handles of a command that failed half-way must not keep the process.
  process.exit(code);
});
