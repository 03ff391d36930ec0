import { useEffect, useRef, useState } from 'preact/hooks';
import { escapeText } from '../../contract/text/escape-text';
import type { ApiError } from './api';
import { FilterBar } from './parts/filter-bar';
import { GateList, type GateListHandle } from './parts/gate-list';
import { GatePane } from './parts/gate-pane';
import { Help } from './parts/help';
import { EmptyList, Notice, SignedOut } from './parts/states';
import { formatFilters, formatRoute, useRoute } from './state/route';
import { useEvents } from './state/use-events';
import { useGateList } from './state/use-gate-list';
import { useKeys } from './state/use-keys';
import { texts } from './texts';

/** The whole page: the list at the left, and one gate at the right. On a narrow screen, one of the two is shown. */
export function App({ loginProblem }: { loginProblem?: ApiError }) {
  const [route, navigate] = useRoute();
  const [isSignedOut, setSignedOut] = useState(loginProblem !== undefined);
  const connection = useEvents(!isSignedOut);
  const { list, error, reload } = useGateList(formatFilters(route), connection);
  const [isHelpOpen, setHelpOpen] = useState(false);
  const listRef = useRef<GateListHandle>(null);
  const searchRef = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (error) setSignedOut(error.type === 'Inbox.NoSession');
    else if (list) setSignedOut(false);
  }, [error, list]);

  const gates = list?.gates ?? [];
  const row = gates.find(({ ref }) => ref === route.ref);
  const isFiltered = formatFilters(route) !== '';
  useEffect(() => {
    document.title = row ? `${escapeText(row.title)} · ${texts.title}` : texts.title;
  }, [row?.title]);

  useKeys({
    j: () => listRef.current?.moveFocus(1),
    k: () => listRef.current?.moveFocus(-1),
    a: () => focusButton('approve'),
    d: () => focusButton('deny'),
    '/': () => searchRef.current?.focus(),
    '?': () => setHelpOpen(true),
    Escape: route.ref === undefined ? undefined : () => navigate({ ref: undefined }),
  });

  if (isSignedOut) return <SignedOut problem={loginProblem} />;
  return (
    <div class="page" data-view={route.ref === undefined ? 'list' : 'gate'}>
      <header class="top">
        <h1>{texts.title}</h1>
        <span class="count" role="status">
          {list ? texts.openCount(gates.length, list.openCount) : ''}
        </span>
        <span class="who">{list ? texts.signedInAs(list.person.by) : ''}</span>
        <button type="button" class="quiet" onClick={() => setHelpOpen(true)} aria-label={texts.help}>
          ?
        </button>
      </header>
      {!connection.isOnline || error?.type === 'offline' ? (
        <Notice kind="warning">{texts.offline}</Notice>
      ) : !connection.isAvailable || (error && list) ? (
        <Notice kind="warning">{texts.stale}</Notice>
      ) : null}
      <main class="panes">
        <section class="list-pane" aria-label={texts.listLabel}>
          <FilterBar route={route} list={list} navigate={navigate} searchRef={searchRef} />
          {list ? (
            gates.length > 0 ? (
              <GateList
                handle={listRef}
                gates={gates}
                selected={route.ref}
                hrefOf={(ref) => formatRoute({ ...route, ref })}
                onOpen={(ref) => navigate({ ref })}
              />
            ) : (
              <EmptyList
                isFiltered={isFiltered}
                onClear={() => navigate({ q: '', process: '', agent: '', mine: false })}
              />
            )
          ) : error ? (
            <Notice kind="error" action={{ label: texts.retry, run: reload }}>
              {texts.listFailed} {error.message}
            </Notice>
          ) : (
            <p class="hint" role="status">
              {texts.loading}
            </p>
          )}
        </section>
        <section class="gate-pane" aria-label={texts.gate}>
          {route.ref === undefined ? (
            <p class="hint">
              {texts.chooseGate} {texts.keysHint}
            </p>
          ) : (
            <GatePane
              key={route.ref}
              gateRef={route.ref}
              row={row}
              isListed={list !== undefined}
              person={list?.person.by}
              backHref={formatRoute({ ...route, ref: undefined })}
              onBack={() => navigate({ ref: undefined })}
            />
          )}
        </section>
      </main>
      <Help isOpen={isHelpOpen} onClose={() => setHelpOpen(false)} />
    </div>
  );
}

/** A key only moves the focus to the button: a person decides with Enter, so that no slip of a finger decides. */
function focusButton(decision: string): void {
  document.querySelector<HTMLButtonElement>(`button[data-decision=${decision}]`)?.focus();
}
