import { useEffect, useState } from 'preact/hooks';

const TICK_MS = 30_000;

/** Returns the present time, and renders again twice a minute, so that ages stay true. */
export function useNow(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), TICK_MS);
    return () => clearInterval(timer);
  }, []);
  return now;
}
