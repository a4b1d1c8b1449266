/** The pages: which one an address is of, and what is around them all. */

import { signal } from '@preact/signals';
import { type ComponentType, render } from 'preact';
import { useErrorBoundary } from 'preact/hooks';
import { LocationProvider, lazy, Route, Router } from 'preact-iso';
import type { Failed } from './api/failures';
import { Announcer } from './parts/announce';
import { Failure } from './parts/Notice';
import { Page } from './parts/Page';
import { Away } from './shell/Away';
import { Header } from './shell/Header';
import { Toast } from './shell/Toast';
import { brokenBy } from './shell/upgrade';
import './styles/tokens.css';
import './styles/base.css';
import './styles/shell.css';

/** Why the page could not be shown. */
const broken = signal<Failed | null>(null);

/** A page that is loaded when one goes there. Where it cannot be, that is shown: `lazy` alone lets it pass in silence. */
function page(load: () => Promise<{ default: ComponentType }>) {
  return lazy(() =>
    load().catch((error: unknown) => {
      broken.value = brokenBy(error);
      return { default: () => null };
    }),
  );
}

const Events = page(() => import('./events/EventsPage'));
const Event = page(() => import('./event/EventPage'));
const Booking = page(() => import('./booking/BookingPage'));
const LogIn = page(() => import('./account/LogInPage'));
const Register = page(() => import('./account/RegisterPage'));
const Account = page(() => import('./account/AccountPage'));
const Bookings = page(() => import('./account/BookingsPage'));
const Notifications = page(() => import('./account/NotificationsPage'));
const Organizer = page(() => import('./organizer/OrganizerPage'));
const NewEvent = page(() => import('./organizer/NewEventPage'));
const ManagedEvent = page(() => import('./organizer/ManagedEventPage'));

function NotFound() {
  return (
    <Page title="Nothing here" width="narrow">
      <p>There is no such page. Perhaps the address was cut short.</p>
      <a class="button button-main" href="/">
        See what is on
      </a>
    </Page>
  );
}

function App() {
  useErrorBoundary((error) => {
    broken.value = brokenBy(error);
  });
  return (
    <LocationProvider>
      <a class="skip button" href="#content">
        Skip to the content
      </a>
      <Header />
      {broken.value ? (
        <Page title="Something went wrong" width="narrow">
          <Failure failed={broken.value} retry={() => location.reload()} />
        </Page>
      ) : (
        <Router>
          <Route path="/" component={Events} />
          <Route path="/events/:id" component={Event} />
          <Route path="/bookings" component={Bookings} />
          <Route path="/bookings/:id" component={Booking} />
          <Route path="/login" component={LogIn} />
          <Route path="/register" component={Register} />
          <Route path="/account" component={Account} />
          <Route path="/notifications" component={Notifications} />
          <Route path="/organizer" component={Organizer} />
          <Route path="/organizer/new" component={NewEvent} />
          <Route path="/organizer/events/:id" component={ManagedEvent} />
          <Route default component={NotFound} />
        </Router>
      )}
      <Toast />
      <Away />
      <Announcer />
    </LocationProvider>
  );
}

render(<App />, document.getElementById('app')!);
