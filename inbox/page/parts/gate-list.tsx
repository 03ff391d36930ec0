import type { Ref } from 'preact';
import { useEffect, useImperativeHandle, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { ListedGate } from '../../../contract/gates/gate-summary';
import { GateRow } from './gate-row';

/** Height of a row, as the style sheet sets it. */
const ROW_PX = 72;
/** Rows outside of the visible part that are rendered, so that scrolling shows no gap. */
const MARGIN_ROWS = 8;

export interface GateListHandle {
  /** Moves the focus to the next (1) or the previous (-1) row. */
  moveFocus: (step: 1 | -1) => void;
}

interface GateListProps {
  handle: Ref<GateListHandle>;
  gates: ListedGate[];
  selected?: string;
  hrefOf: (ref: string) => string;
  onOpen: (ref: string) => void;
}

/** The rows of the list. Only the visible ones are in the document, so that a thousand gates scroll as ten do. */
export function GateList({ handle, gates, selected, hrefOf, onOpen }: GateListProps) {
  const box = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ top: 0, height: 800 });
  const [cursor, setCursor] = useState<string>();
  const awaitsFocus = useRef(false);
  useKeptPosition(box, gates);

  useEffect(() => {
    const { current } = box;
    if (!current) return undefined;
    const observer = new ResizeObserver(() => setView({ top: current.scrollTop, height: current.clientHeight }));
    observer.observe(current);
    return () => observer.disconnect();
  }, []);
  const focusRow = (ref: string) => {
    const row = box.current?.querySelector<HTMLElement>(`[data-ref="${CSS.escape(ref)}"]`);
    row?.focus();
    awaitsFocus.current = !row;
  };
  // A row far away is in the document only after the render that follows the scroll.
  useLayoutEffect(() => {
    if (awaitsFocus.current && cursor !== undefined) focusRow(cursor);
  });

  useImperativeHandle(handle, () => ({
    moveFocus: (step) => {
      const focused = (document.activeElement as HTMLElement | null)?.dataset['ref'];
      const from = gates.findIndex(({ ref }) => ref === (focused ?? cursor ?? selected));
      const index = from < 0 ? 0 : Math.min(gates.length - 1, Math.max(0, from + step));
      const gate = gates[index];
      if (!gate || !box.current) return;
      scrollToRow(box.current, index);
      focusRow(gate.ref);
      setCursor(gate.ref);
      setView({ top: box.current.scrollTop, height: box.current.clientHeight });
    },
  }));

  const first = Math.max(0, Math.floor(view.top / ROW_PX) - MARGIN_ROWS);
  const end = Math.min(gates.length, Math.ceil((view.top + view.height) / ROW_PX) + MARGIN_ROWS);
  return (
    <div
      ref={box}
      class="rows"
      onScroll={({ currentTarget: { scrollTop, clientHeight } }) => setView({ top: scrollTop, height: clientHeight })}
    >
      <ul style={{ height: `${gates.length * ROW_PX}px` }}>
        {gates.slice(first, end).map((gate, offset) => (
          <li
            key={gate.ref}
            style={{ transform: `translateY(${(first + offset) * ROW_PX}px)` }}
            aria-setsize={gates.length}
            aria-posinset={first + offset + 1}
          >
            <GateRow gate={gate} isSelected={gate.ref === selected} href={hrefOf(gate.ref)} onOpen={onOpen} />
          </li>
        ))}
      </ul>
    </div>
  );
}

function scrollToRow(box: HTMLElement, index: number): void {
  const [top, bottom] = [index * ROW_PX, (index + 1) * ROW_PX];
  if (top < box.scrollTop) box.scrollTop = top;
  else if (bottom > box.scrollTop + box.clientHeight) box.scrollTop = bottom - box.clientHeight;
}

/** Keeps the first visible row where it is when rows above it come or go. */
function useKeptPosition(box: { current: HTMLElement | null }, gates: ListedGate[]): void {
  const before = useRef(gates);
  useLayoutEffect(() => {
    const known = before.current;
    before.current = gates;
    const { current } = box;
    if (!current || current.scrollTop === 0 || known === gates) return;
    const index = Math.floor(current.scrollTop / ROW_PX);
    const kept = known.slice(index).find(({ ref }) => gates.some((gate) => gate.ref === ref));
    if (!kept) return;
    const [from, to] = [known.indexOf(kept), gates.findIndex(({ ref }) => ref === kept.ref)];
    current.scrollTop += (to - from) * ROW_PX;
  }, [gates]);
}
