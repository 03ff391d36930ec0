/** One problem of the configuration. */
export interface ConfigProblem {
  /** The environment variable or the option. */
  variable: string;
  /** The problem and its fix. Never contains the value, which may be a secret. */
  problem: string;
}

/** Reports every problem of the configuration, each with its variable and its fix. Never contains a value. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  constructor(readonly problems: ConfigProblem[]) {
    super(`configuration: ${problems.map(({ variable, problem }) => `${variable} ${problem}`).join('; ')}`);
  }
}
