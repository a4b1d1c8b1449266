/** The header: where one can go, and who one is. */

import { useLocation } from 'preact-iso';
import { withReturn } from '../account/returning';
import { type User, user } from '../api/session';
import { ThemeButton } from './ThemeButton';
import { Unread } from './Unread';

export function Header() {
  const { path } = useLocation();
  return (
    <header class="header">
      <nav aria-label="Main">
        <a class="brand" href="/" aria-label="Box Office: what is on">
          <img src="/icon.svg" alt="" width="32" height="32" />
          <span>Box Office</span>
        </a>
        <div class="places">
          <Link to="/">Events</Link>
          {user.value && <Link to="/bookings">My bookings</Link>}
          {user.value && user.value.role !== 'USER' && <Link to="/organizer">Organizer</Link>}
        </div>
        {user.value && <Unread isHere={path === '/notifications'} />}
        {user.value ? <Who user={user.value} isHere={path === '/account'} /> : <LogInLink />}
        <ThemeButton />
      </nav>
    </header>
  );
}

/** Marked on its own page, and on those that belong to it. */
function Link({ to, children }: { to: string; children: string }) {
  const { path } = useLocation();
  const isWithin = to !== '/' && path.startsWith(`${to}/`);
  return (
    <a class="button button-plain" href={to} aria-current={path === to ? 'page' : isWithin ? 'true' : undefined}>
      {children}
    </a>
  );
}

function Who({ user: { name }, isHere }: { user: User; isHere: boolean }) {
  const [initial = '?'] = name.trim();
  return (
    <a class="button button-plain who" href="/account" aria-current={isHere ? 'page' : undefined}>
      <span class="unseen">Account of </span>
      <span class="who-initial" aria-hidden="true">
        {initial}
      </span>
      <bdi class="who-name">{name}</bdi>
    </a>
  );
}

/** Comes back to where one is, unless that is where one logs in. */
function LogInLink() {
  const { path, url, query } = useLocation();
  const isEntering = path === '/login' || path === '/register';
  return (
    <a
      class="button"
      href={withReturn('/login', isEntering ? (query.then ?? '/') : url)}
      aria-current={path === '/login' ? 'page' : undefined}
    >
      Log in
    </a>
  );
}
