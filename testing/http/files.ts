/** What was received of a file: its content is counted and hashed, not kept. */
export interface ReceivedBytes {
  size: number;
  sha256: string;
}

export interface ReceivedFile extends ReceivedBytes {
  /** Where it goes in the sandbox. */
  path: string;
}
