import { Page } from '../parts/Page';

export default function BookingsPage() {
  return <Page title="My bookings">To come.</Page>;
}
