import type { ListedGate } from '../../../contract/gates/gate-summary';
import { escapeText } from '../../../contract/text/escape-text';
import { texts } from '../texts';
import { Age, Due } from './age';

interface GateRowProps {
  gate: ListedGate;
  isSelected: boolean;
  href: string;
  onOpen: (ref: string) => void;
}

/** One row of the list. It is a link, so that a gate can be opened in a tab of its own. */
export function GateRow({ gate, isSelected, href, onOpen }: GateRowProps) {
  const { ref, title, processType, agentId, openedAt, due, approvals, needed, approvers } = gate;
  return (
    <a
      class="row"
      href={href}
      data-ref={ref}
      aria-current={isSelected ? 'true' : undefined}
      onClick={(event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        onOpen(ref);
      }}
    >
      <span class="row-title">{escapeText(title)}</span>
      <span class="row-facts">
        <span>{agentId ?? processType}</span>
        {needed !== undefined && <span>{texts.approvalsOf(approvals ?? 0, needed)}</span>}
        {approvers && <span class="row-people">{approvers.map(escapeText).join(', ')}</span>}
      </span>
      <span class="row-times">{due ? <Due time={due} /> : <Age time={openedAt} />}</span>
    </a>
  );
}
