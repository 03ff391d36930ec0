import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { RecordedPolicy, STARTER } from '../../../contract/gates/gate-policy';
import type { ListedGate } from '../../../contract/gates/gate-summary';
import type { Gate } from '../../../contract/gates/gates';
import { escapeText } from '../../../contract/text/escape-text';
import { texts } from '../texts';
import { Age, Due } from './age';

/** The file of the constant would bring Temporal's packages into the browser. */
const STARTER_WORD: typeof STARTER = 'starter';

/** What is known of a gate, as a table, and the decisions so far. All of it is text, never Markdown. */
export function Facts({ gate, row }: { gate: Gate; row?: ListedGate }) {
  const { ref, openedAt, due, status, policy, approvals, needed, decisions = [] } = gate;
  return (
    <>
      <dl class="facts">
        {row && <Fact name={texts.process}>{row.processType}</Fact>}
        {row?.agentId && (
          <Fact name={texts.agent}>
            <Id text={row.agentId} />
          </Fact>
        )}
        {row?.batchId && (
          <Fact name={texts.batch}>
            <Id text={row.batchId} />
          </Fact>
        )}
        <Fact name={texts.opened}>
          <Age time={openedAt} />
        </Fact>
        {due && status === 'open' && (
          <Fact name={texts.due}>
            <Due time={due} />
          </Fact>
        )}
        <Fact name={texts.approvers}>{approversOf(policy)}</Fact>
        {policy?.exclude && <Fact name={texts.excluded}>{excludedOf(policy)}</Fact>}
        {needed !== undefined && <Fact name={texts.approvals}>{texts.approvalsOf(approvals ?? 0, needed)}</Fact>}
        <Fact name={texts.gate}>
          <Id text={ref} />
        </Fact>
      </dl>
      {decisions.length > 0 && (
        <>
          <h3>{texts.history}</h3>
          <ol class="decisions">
            {decisions.map(({ by, approved, at, comment }) => (
              <li key={by}>
                {texts.decision(escapeText(by), approved)} <Age time={at} />
                {comment && <p class="quote">{escapeText(comment)}</p>}
              </li>
            ))}
          </ol>
        </>
      )}
    </>
  );
}

function approversOf({ approvers, quorum }: RecordedPolicy = {}): string {
  const groups =
    typeof quorum === 'object' ? Object.entries(quorum).map(([name, count]) => texts.byGroup(name, count)) : [];
  const names = [...(approvers ?? []), ...groups];
  return names.length === 0 ? texts.anybody : names.map(escapeText).join(', ');
}

function excludedOf({ exclude = [], starter }: RecordedPolicy): string {
  return exclude.map((name) => escapeText(name === STARTER_WORD ? texts.starter(starter) : name)).join(', ');
}

function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** An id in small letters, with a button that copies it. */
function Id({ text }: { text: string }) {
  const [isCopied, setCopied] = useState(false);
  const copy = () => navigator.clipboard.writeText(text).then(() => setCopied(true));
  return (
    <>
      <code>{escapeText(text)}</code>{' '}
      <button type="button" class="quiet small" onClick={() => void copy()}>
        {isCopied ? texts.copied : texts.copy}
      </button>
    </>
  );
}
