import { setCurrentDetails } from '@temporalio/workflow';
import type { Gate } from '../../contract/gates';

/** What is shown of this workflow, by heading: module state of a bundle belongs to one workflow. */
const sections: Record<string, string[]> = {};

/** Shows lines of markdown under a heading in Temporal's own UI, below those that were shown first. Costs no event. */
export function setDetailsSection(heading: string, lines: string[]): void {
  sections[heading] = [`**${heading}**`, ...lines];
  setCurrentDetails(
    Object.values(sections)
      .map((section) => section.join('\n'))
      .join('\n\n'),
  );
}

/** A gate as one line, without people's texts. */
export function formatGateLine({ type, gateId, status, openedAt, outcome, at }: Gate): string {
  return `- ${type} \`${gateId}\`: ${status === 'open' ? `open since ${openedAt}` : `${outcome} at ${at}`}`;
}
