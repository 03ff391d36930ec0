import { OAuthCredentials } from '../../../duvo/auth/oauth-credentials';

describe('the lifetime of a token', () => {
  /** Creates credentials whose token requests and clock the test controls. */
  function tokens() {
    const requests: {
      resolve: (token: { value: string; expiresInSeconds?: number }) => void;
      reject: (e: Error) => void;
    }[] = [];
    const clock = { now: 0 };
    const source = new OAuthCredentials(
      () => new Promise((resolve, reject) => requests.push({ resolve, reject })),
      () => clock.now,
    );
    return { requests, clock, source };
  }
  const settled = () => new Promise((resolve) => setImmediate(resolve));

  it('a token is refreshed once before it expires, and stays in use meanwhile', async () => {
    const { requests, clock, source } = tokens();
    const first = source.current();
    requests[0]?.resolve({ value: 'a', expiresInSeconds: 100 });
    expect(await first).toBe('a');
    clock.now = 89_000;
    expect(source.current()).toBe('a');
    expect(requests).toHaveLength(1);
    clock.now = 91_000;
    expect(source.current()).toBe('a');
    expect(source.current()).toBe('a');
    expect(requests).toHaveLength(2);
    requests[1]?.resolve({ value: 'b', expiresInSeconds: 100 });
    await settled();
    expect(source.current()).toBe('b');
  });

  it('a token stays in use until it expires when its refresh fails', async () => {
    const { requests, clock, source } = tokens();
    const first = source.current();
    requests[0]?.resolve({ value: 'a', expiresInSeconds: 100 });
    await first;
    clock.now = 95_000;
    expect(source.current()).toBe('a');
    requests[1]?.reject(new Error('down'));
    await settled();
    clock.now = 96_000;
    expect(source.current()).toBe('a');
    expect(requests).toHaveLength(2);
    clock.now = 101_000;
    const next = source.current();
    expect(requests).toHaveLength(3);
    requests[2]?.resolve({ value: 'c' });
    expect(await next).toBe('c');
    clock.now = 1e12;
    expect(source.current()).toBe('c');
  });

  it('a refresh after a refusal does not join an earlier refresh, whose result is dropped', async () => {
    const { requests, clock, source } = tokens();
    const first = source.current();
    requests[0]?.resolve({ value: 'a', expiresInSeconds: 100 });
    await first;
    clock.now = 95_000;
    void source.current(); // starts a refresh before the token expires
    const renewed = [source.renew('a'), source.renew('a')];
    expect(requests).toHaveLength(3);
    requests[2]?.resolve({ value: 'forced', expiresInSeconds: 100 });
    expect(await Promise.all(renewed)).toEqual(['forced', 'forced']);
    requests[1]?.resolve({ value: 'older', expiresInSeconds: 100 });
    await settled();
    expect(source.current()).toBe('forced');
  });

  it('a refusal of an already replaced token makes no token request', async () => {
    const { requests, source } = tokens();
    const first = source.current();
    requests[0]?.resolve({ value: 'b' });
    await first;
    expect(await source.renew('a')).toBe('b');
    expect(requests).toHaveLength(1);
  });
});
