import { commandLine } from '../../contract';
import type { ReadFault } from '../../client';
import { formatAge, formatDue } from '../terminal/time';

const CREDENTIAL_FIX = `check the workers' credential: ${commandLine('doctor')}`;
const PROXY_FIX = `check what answers in place of Duvo, such as a proxy: ${commandLine('doctor')}`;
const LIMIT_NOTE = 'A fault that lasts for watch.faultTimeout (1 h) fails the workflow; the agent is not stopped';

/** What a person can do about a fault, by its failure type. Other types are no answer of Duvo. */
const FIXES: Record<string, string> = {
  'Duvo.Unauthorized': `${CREDENTIAL_FIX}. ${LIMIT_NOTE}`,
  'Duvo.Forbidden': `${CREDENTIAL_FIX}. ${LIMIT_NOTE}`,
  'Duvo.ConnectionFailed': 'check the network between the workers and Duvo; the polls continue until Duvo answers',
  'Duvo.Timeout': "check Duvo's status; the polls continue until Duvo answers",
  'Duvo.ServerError': "check Duvo's status; the polls continue until Duvo answers",
  'Duvo.RateLimited': 'lower DUVO_REQUESTS_PER_MINUTE of the workers; the polls continue when Duvo permits them',
};

/** Formats a fault for a list, so that it can be read also when its end is cut: `403 Forbidden`. */
export function formatFault({ type, status }: ReadFault): string {
  return `${status === undefined ? '' : `${status} `}${type.replace(/^Duvo\./, '')}`;
}

/** Returns the fields that show why a run cannot be read, and what to do about it. */
export function faultFields(fault: ReadFault | undefined): Record<string, string | undefined> {
  if (!fault) return {};
  const { type, status, code, requestId, field, since, nextPoll } = fault;
  const facts = [
    type,
    status !== undefined && `status ${status}`,
    code !== undefined && `code ${code}`,
    field !== undefined && `field ${field}`,
    requestId !== undefined && `request ${requestId}`,
  ];
  return {
    'cannot be read': facts.filter(Boolean).join(', '),
    since: `${since} (${formatAge(since)})`,
    'next poll': formatDue(nextPoll),
    'what to do': FIXES[type] ?? `${PROXY_FIX}. ${LIMIT_NOTE}`,
  };
}
