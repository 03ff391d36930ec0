export interface HttpResponse {
  status: number;
  body: unknown;
  headers?: Record<string, string>;
}

/** A request that the service refuses. Each dialect has its own words for it. */
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
