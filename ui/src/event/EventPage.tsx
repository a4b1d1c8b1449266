import { Page } from '../parts/Page';

export default function EventPage() {
  return <Page title="Event">To come.</Page>;
}
