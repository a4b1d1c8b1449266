/** The header: where one can go. */

import { useLocation } from 'preact-iso';
import { user } from '../api/session';
import { ThemeButton } from './ThemeButton';
import { Unread } from './Unread';

function Link({ to, children, label }: { to: string; children: preact.ComponentChildren; label?: string }) {
  const { path } = useLocation();
  return (
    <a class="button button-plain" href={to} aria-current={path === to ? 'page' : undefined} aria-label={label}>
      {children}
    </a>
  );
}

export function Header() {
  const { url } = useLocation();
  const isElsewhere = !url.startsWith('/login') && !url.startsWith('/register');
  const back = isElsewhere && url !== '/' ? `?then=${encodeURIComponent(url)}` : '';
  return (
    <header class="header">
      <nav aria-label="Main">
        <a class="brand" href="/">
          <img src="/icon.svg" alt="" width="32" height="32" />
          Box Office
        </a>
        <Link to="/">Events</Link>
        {user.value && user.value.role !== 'USER' && <Link to="/organizer">Organizer</Link>}
        {user.value ? (
          <>
            <Link to="/bookings">My bookings</Link>
            <Unread />
            <Link to="/account" label={`Account of ${user.value.name}`}>
              Account
            </Link>
          </>
        ) : (
          <a class="button" href={`/login${back}`}>
            Log in
          </a>
        )}
        <ThemeButton />
      </nav>
    </header>
  );
}
