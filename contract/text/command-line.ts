/** Returns a command of this package as a person types it in any project that has the package. */
export function commandLine(...args: string[]): string {
  return ['npx', 'duvo-temporal', ...args.map(quoteForShell)].join(' ');
}

/** Returns a command of Temporal's own CLI. */
export function temporalCommandLine(...args: string[]): string {
  return ['temporal', ...args.map(quoteForShell)].join(' ');
}

/** Quotes an argument so that a shell reads it as one word. */
function quoteForShell(arg: string): string {
  return /^[\w.:/@-][\w.:/@#-]*$/.test(arg) ? arg : `'${arg.replaceAll("'", String.raw`'\''`)}'`;
}
