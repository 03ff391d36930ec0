import type { Gate } from '../../client';
import type { DenialReason } from './denied-access';

/** An error that the API returns as JSON: `{type, message, gate?}`. */
export class HttpError extends Error {
  override readonly name = 'HttpError';

  /**
   * @param type a failure type of the contract, or one of the inbox, which begins with `Inbox.`
   * @param details.gate the gate as it is now, when an answer was refused because of its state
   * @param details.denied why access was denied, for the log
   */
  constructor(
    readonly statusCode: number,
    readonly type: string,
    message: string,
    readonly details: { gate?: Gate; denied?: DenialReason } = {},
  ) {
    super(message);
  }
}
