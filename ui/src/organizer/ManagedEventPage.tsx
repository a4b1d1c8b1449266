import { Page } from '../parts/Page';

export default function ManagedEventPage() {
  return <Page title="Event">To come.</Page>;
}
