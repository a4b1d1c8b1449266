/** The way back from logging in. */

/** `/login?then=…`, for coming back to `url` afterwards. */
export function withReturn(page: '/login' | '/register', url: string): string {
  return url === '/' ? page : `${page}?then=${encodeURIComponent(url)}`;
}

/**
 * Where to go after logging in: a page of ours, whatever the address says.
 *
 * It is read as the browser would read it, so `//elsewhere`, `\\elsewhere` and `javascript:` all lead to the events.
 */
export function returnFrom(then: string | undefined): string {
  if (!then?.startsWith('/')) return '/';
  try {
    const { origin, pathname, search, hash } = new URL(then, location.origin);
    const isOurs = origin === location.origin && !/^\/(\/|login\b|register\b)/.test(pathname);
    return isOurs ? pathname + search + hash : '/';
  } catch {
    return '/'; // not an address at all
  }
}
