import type { ComponentChildren } from 'preact';
import type { ApiError } from '../api';
import { texts } from '../texts';

interface NoticeProps {
  kind: 'info' | 'success' | 'warning' | 'error';
  action?: { label: string; run: () => void };
  children: ComponentChildren;
}

const MARKS = { info: 'i', success: '✓', warning: '!', error: '!' };

/** A message that screen readers announce. Its kind is shown by a mark, too, and not by colour alone. */
export function Notice({ kind, action, children }: NoticeProps) {
  return (
    <div class={`notice ${kind}`} role={kind === 'error' ? 'alert' : 'status'}>
      <span class="mark" aria-hidden="true">
        {MARKS[kind]}
      </span>
      <div class="notice-text">{children}</div>
      {action && (
        <button type="button" onClick={action.run}>
          {action.label}
        </button>
      )}
    </div>
  );
}

export function EmptyList({ isFiltered, onClear }: { isFiltered: boolean; onClear: () => void }) {
  return (
    <div class="empty">
      <p>{isFiltered ? texts.nothingFits : texts.nothingOpen}</p>
      {isFiltered ? (
        <button type="button" onClick={onClear}>
          {texts.clearFilters}
        </button>
      ) : (
        <p class="hint">{texts.nothingOpenMore}</p>
      )}
    </div>
  );
}

export function SignedOut({ problem }: { problem?: ApiError }) {
  return (
    <main class="signed-out">
      <h1>{texts.signedOut}</h1>
      <p>{texts.signedOutMore}</p>
      {problem && <Notice kind="error">{problem.message}</Notice>}
    </main>
  );
}
