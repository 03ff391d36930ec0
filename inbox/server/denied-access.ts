import type { FastifyRequest } from 'fastify';

export type DenialReason =
  'cross-site' | 'identity-in-body' | 'no-session' | 'rate-limit' | 'too-large' | 'wrong-host' | 'wrong-token';

/** A request that the inbox refused. It has no text of a person: the route stands for the path, which has ids. */
export interface DeniedAccess {
  reason: DenialReason;
  method: string;
  route: string;
  /** IP address of the client. */
  address: string;
}

export function toDeniedAccess({ method, routeOptions, ip }: FastifyRequest, reason: DenialReason): DeniedAccess {
  return { reason, method, route: routeOptions.url ?? 'unknown', address: ip };
}
