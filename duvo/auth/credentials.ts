/** What is sent as the bearer of a request, and where the next one comes from. */
export interface Credentials {
  /** A plain string when it is there, so that the hot path does not wait. @throws DuvoError when none can be had */
  current(): string | Promise<string>;
  /** Another one than the one that Duvo has just refused; `undefined` when there is none. @throws DuvoError */
  renew(refused: string): Promise<string | undefined>;
  /** What to check when Duvo refuses it. */
  readonly hint: string;
  /** What a missing scope is added to. */
  readonly scopeHint: string;
}
