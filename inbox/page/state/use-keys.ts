import { useEffect } from 'preact/hooks';

/** What each key of the page does, by the key's name. */
export type KeyActions = Record<string, (() => void) | undefined>;

/** Runs the action of a key that is pressed alone. Keys in a field belong to the field, except Escape, which leaves it. */
export function useKeys(actions: KeyActions): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      if (document.querySelector('dialog[open]')) return;
      const { target } = event;
      if (
        target instanceof HTMLElement &&
        target.matches('textarea, select, input:not([type=radio], [type=checkbox])')
      ) {
        if (event.key !== 'Escape') return;
        // A browser would empty a search field.
        event.preventDefault();
        target.blur();
        return;
      }
      const action = actions[event.key];
      if (!action) return;
      event.preventDefault();
      action();
    };
    addEventListener('keydown', onKeyDown);
    return () => removeEventListener('keydown', onKeyDown);
  });
}
