import type { Client } from '@temporalio/client';
import type { GatesClient } from '../../client';
import { parseGateRef } from '../../contract';
import { checkWithFlagNames, flagOrigins } from '../flags/name-flags';
import { resolveGateRef } from './short-refs';

/** Finds the reference of a gate by the argument of a command. @throws UsageError when the argument is no reference */
export async function findGateRef(temporal: Client, gates: GatesClient, text: string): Promise<string> {
  const ref = await resolveGateRef(temporal, gates, text);
  checkWithFlagNames(flagOrigins({ gate: ['<gate>', text] }), () => parseGateRef(ref));
  return ref;
}
