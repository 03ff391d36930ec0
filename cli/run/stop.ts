import type { RunStop } from '../../client';
import { stopWaitText } from '../terminal/stop-text';
import { formatAge, formatDue } from '../terminal/time';

/** Returns the fields that show that a run is being stopped, what the stop waits for, and for how long. */
export function stopFields(stopping: RunStop | undefined): Record<string, string | undefined> {
  if (!stopping) return {};
  const { since, until } = stopping;
  return {
    'stopping since': `${since} (${formatAge(since)})`,
    'stop waits': stopWaitText(stopping),
    'gives up': until && `${formatDue(until)}, with the outcome unconfirmed`,
  };
}
