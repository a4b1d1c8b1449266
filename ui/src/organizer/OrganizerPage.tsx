import { Page } from '../parts/Page';

export default function OrganizerPage() {
  return <Page title="Organizer">To come.</Page>;
}
