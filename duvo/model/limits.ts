/** Largest JSON body that is sent, in bytes: what is over it fails before anything is sent. */
export const MAX_REQUEST_BYTES = 1024 * 1024;

/** Largest response body that is read, in bytes: what is over it closes the connection. */
export const MAX_RESPONSE_BYTES = 10 * 1024 * 1024;

/** Longest idempotency key, in characters. */
export const MAX_IDEMPOTENCY_KEY_CHARS = 255;

/** Messages of one page. */
export const MAX_MESSAGES_PER_PAGE = 50;
export const DEFAULT_MESSAGES_PER_PAGE = 20;

/** Runs of one page. */
export const MAX_RUNS_PER_PAGE = 100;

/** Agents, cases and queues of one page. */
export const MAX_AGENTS_PER_PAGE = 100;
export const MAX_CASES_PER_PAGE = 100;
export const MAX_QUEUES_PER_PAGE = 250;

/** Cases of one request, labels of one case, characters of a case's title. */
export const MAX_CASES_PER_REQUEST = 100;
export const MAX_LABELS_PER_CASE = 50;
export const MAX_CASE_TITLE_CHARS = 500;

/** Largest file that goes to Duvo itself, in bytes; a larger one goes to an upload URL. */
export const MAX_DIRECT_UPLOAD_BYTES = 10 * 1024 * 1024;

/** Largest file that is sent at all, in bytes. */
export const MAX_UPLOAD_BYTES = 5 * 1024 ** 3;

/** Longest delay of a Node timer, in milliseconds. */
export const MAX_TIMER_MS = 2 ** 31 - 1;
