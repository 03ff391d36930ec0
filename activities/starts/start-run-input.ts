import type { StartRunInput as StartContent } from '../../duvo';

/** What a start sends. */
export type { StartContent };

export interface StartRunInput extends StartContent {
  /** Names the start. Every attempt of the start, and every workflow that adopts its run, has the same key. */
  key: string;
  /**
   * Temporal's run id of the latest former execution of the same workflow id, whose run or start is inherited. That
   * execution is inspected first. '' when the client knows that no former execution exists: nothing is searched then.
   * Absent when the client does not know: visibility is searched.
   */
  former?: string;
  /**
   * How long the run that a former workflow left is read while Duvo's answers say nothing about that run, in
   * milliseconds. @default an hour
   */
  faultTimeoutMs?: number;
}
