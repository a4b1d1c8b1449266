import { Page } from '../parts/Page';

export default function BookingPage() {
  return <Page title="Booking">To come.</Page>;
}
