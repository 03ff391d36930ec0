/** The source of the bearer tokens that requests carry. */
export interface Credentials {
  /** A plain string when a token is at hand, so that most calls need not wait. @throws DuvoError without a token */
  current(): string | Promise<string>;
  /** A token other than the one that Duvo refused; `undefined` when there is none. @throws DuvoError */
  renew(refused: string): Promise<string | undefined>;
  /** What a person should check after a 401. */
  readonly hint: string;
  /** The place where a person adds a missing scope. */
  readonly scopeHint: string;
}
