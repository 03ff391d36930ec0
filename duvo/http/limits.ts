/** Largest JSON body that is sent, in bytes: what is over it fails before anything is sent. */
export const MAX_REQUEST_BYTES = 1024 * 1024;

/** Largest response body that is read, in bytes: what is over it closes the connection. */
export const MAX_RESPONSE_BYTES = 10 * 1024 * 1024;

/** Longest idempotency key, in characters. */
export const MAX_IDEMPOTENCY_KEY_LENGTH = 255;

/** Messages of one page. */
export const MAX_MESSAGE_PAGE = 50;
export const DEFAULT_MESSAGE_PAGE = 20;

/** Runs of one page. */
export const MAX_RUN_PAGE = 100;

/** Agents, cases and queues of one page. */
export const MAX_AGENT_PAGE = 100;
export const MAX_CASE_PAGE = 100;
export const MAX_QUEUE_PAGE = 250;

/** Cases of one request, labels of one case, characters of a case's title. */
export const MAX_CASES = 100;
export const MAX_CASE_LABELS = 50;
export const MAX_CASE_TITLE_LENGTH = 500;

/** Largest file that goes to Duvo itself, in bytes; a larger one goes to an upload URL. */
export const MAX_DIRECT_UPLOAD_BYTES = 10 * 1024 * 1024;

/** Largest file that is sent at all, in bytes. */
export const MAX_UPLOAD_BYTES = 5 * 1024 ** 3;

/** Longest delay of a Node timer, in milliseconds. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;
