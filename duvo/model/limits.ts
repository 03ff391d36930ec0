/** Maximum size of a JSON request body, in bytes. A larger body fails before anything is sent. */
export const MAX_REQUEST_BYTES = 1024 * 1024;

/** Maximum size of a response body, in bytes. A larger body closes the connection. */
export const MAX_RESPONSE_BYTES = 10 * 1024 * 1024;

export const MAX_IDEMPOTENCY_KEY_CHARS = 255;

/** Messages per page. */
export const MAX_MESSAGES_PER_PAGE = 50;
export const DEFAULT_MESSAGES_PER_PAGE = 20;

/** Runs per page. */
export const MAX_RUNS_PER_PAGE = 100;

/** Agents, cases and queues per page. */
export const MAX_AGENTS_PER_PAGE = 100;
export const MAX_CASES_PER_PAGE = 100;
export const MAX_QUEUES_PER_PAGE = 250;

export const MAX_CASES_PER_REQUEST = 100;
export const MAX_LABELS_PER_CASE = 50;
export const MAX_CASE_TITLE_CHARS = 500;

/** Maximum size of a file that is sent to the Duvo API, in bytes. A larger file is sent to an upload URL. */
export const MAX_DIRECT_UPLOAD_BYTES = 10 * 1024 * 1024;

/** Maximum size of any file upload, in bytes. */
export const MAX_UPLOAD_BYTES = 5 * 1024 ** 3;

/** Maximum delay of a Node.js timer, in milliseconds. Node.js fires a timer with a longer delay at once. */
export const MAX_TIMER_MS = 2 ** 31 - 1;
