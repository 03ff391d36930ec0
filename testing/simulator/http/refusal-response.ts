import { DIALECT_WRITERS } from '../dialects';
import type { HttpResponse, Refusal } from '../shared/refusal';
import { dialectOf } from './router';

/** Writes a refusal in the dialect of the request's path. The token endpoint uses v2: its body is that of RFC 6749, 5.2. */
export function refusalResponse(refusal: Refusal, path: string): HttpResponse {
  return DIALECT_WRITERS[path === '/oauth/token' ? 'v2' : dialectOf(path)].refusal(refusal);
}
