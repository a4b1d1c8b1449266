import { Page } from '../parts/Page';

export default function NewEventPage() {
  return <Page title="New event">To come.</Page>;
}
