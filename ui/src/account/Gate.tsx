/** What only those who are logged in can see. */

import type { ComponentChildren } from 'preact';
import { useLocation } from 'preact-iso';
import { farewell, logOut, user } from '../api/session';
import { Action } from '../parts/Action';
import { withReturn } from './returning';
import './account.css';

/**
 * Its children for whoever is logged in; for anybody else why that is needed, and the way there and back.
 *
 * With `needs`, a log-in that is no organizer's is told so. The server decides in any case: this only saves them asking.
 */
export function Gate({ children, why, needs }: { children: ComponentChildren; why: string; needs?: 'ORGANIZER' }) {
  const { url } = useLocation();
  if (user.value === null) {
    return (
      <section class="card stack gate" data-testid="gate">
        {farewell.value && <p>{farewell.value}</p>}
        <p class="gate-why">{why}</p>
        <div class="row">
          <a class="button button-main" href={withReturn('/login', url)}>
            Log in
          </a>
          <a class="button" href={withReturn('/register', url)}>
            Register
          </a>
        </div>
      </section>
    );
  }
  if (needs === 'ORGANIZER' && user.value.role === 'USER') {
    return (
      <section class="card stack gate" data-testid="gate">
        <p class="gate-why">This is for organizers. You are logged in as somebody who books.</p>
        <div class="row">
          <a class="button button-main" href="/">
            See what is on
          </a>
          <Action look="usual" act={logOut}>
            Log in as somebody else
          </Action>
        </div>
      </section>
    );
  }
  return <>{children}</>;
}
