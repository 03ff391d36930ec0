/** One thing that is wrong with the configuration. */
export interface ConfigProblem {
  /** The environment variable or option. */
  variable: string;
  /** What is wrong and how to mend it. Never the value. */
  problem: string;
}

/** The configuration is wrong: every problem at once, each with its variable and its mend, never with a value. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  constructor(readonly problems: ConfigProblem[]) {
    super(`configuration: ${problems.map(({ variable, problem }) => `${variable} ${problem}`).join('; ')}`);
  }
}
