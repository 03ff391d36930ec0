import { useEffect, useState } from 'preact/hooks';
import type { FeedState } from '../../api-types';

/** What the stream of events says of the list and of its own connection. */
export interface Connection extends FeedState {
  isOnline: boolean;
}

const RECONNECT_MS = 3_000;

/** Listens to the changes of the list. A reader loads the list again when `revision` changes. */
export function useEvents(isEnabled: boolean): Connection {
  const [connection, setConnection] = useState<Connection>({ revision: 0, isAvailable: true, isOnline: true });
  useEffect(() => {
    if (!isEnabled) return undefined;
    let source: EventSource;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const connect = () => {
      source = new EventSource('/api/events');
      source.addEventListener('gates', ({ data }: MessageEvent<string>) =>
        setConnection({ ...(JSON.parse(data) as FeedState), isOnline: true }),
      );
      source.onerror = () => {
        setConnection((known) => ({ ...known, isOnline: false }));
        // A browser reconnects after a lost connection, and gives up when the server refuses.
        if (source.readyState === EventSource.CLOSED) timer = setTimeout(connect, RECONNECT_MS);
      };
    };
    connect();
    return () => {
      clearTimeout(timer);
      source.close();
    };
  }, [isEnabled]);
  return connection;
}
