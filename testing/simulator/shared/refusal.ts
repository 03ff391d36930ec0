export interface HttpResponse {
  status: number;
  body: unknown;
  headers?: Record<string, string>;
}

/** Thrown when the service refuses a request. The dialect of the request decides how the response is written. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly details?: { field: string; code: string }[],
    readonly headers: Record<string, string> = {},
  ) {
    super(code);
  }
}
