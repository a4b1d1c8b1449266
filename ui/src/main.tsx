/** The pages: which one an address is of, and what is around them all. */

import { signal } from '@preact/signals';
import { render } from 'preact';
import { ErrorBoundary, LocationProvider, lazy, Route, Router } from 'preact-iso';
import type { Failed } from './api/failures';
import { Announcer } from './parts/announce';
import { Failure } from './parts/Notice';
import { Page } from './parts/Page';
import { Away } from './shell/Away';
import { Header } from './shell/Header';
import { brokenBy } from './shell/upgrade';
import './styles/tokens.css';
import './styles/base.css';
import './styles/shell.css';

const Events = lazy(() => import('./events/EventsPage'));
const Event = lazy(() => import('./event/EventPage'));
const Booking = lazy(() => import('./booking/BookingPage'));
const LogIn = lazy(() => import('./account/LogInPage'));
const Register = lazy(() => import('./account/RegisterPage'));
const Account = lazy(() => import('./account/AccountPage'));
const Bookings = lazy(() => import('./account/BookingsPage'));
const Notifications = lazy(() => import('./account/NotificationsPage'));
const Organizer = lazy(() => import('./organizer/OrganizerPage'));
const NewEvent = lazy(() => import('./organizer/NewEventPage'));
const ManagedEvent = lazy(() => import('./organizer/ManagedEventPage'));

/** Why the page could not be shown. */
const broken = signal<Failed | null>(null);

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
        <ErrorBoundary
          onError={(error) => {
            broken.value = brokenBy(error);
          }}
        >
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
        </ErrorBoundary>
      )}
      <Away />
      <Announcer />
    </LocationProvider>
  );
}

render(<App />, document.getElementById('app')!);
