import { Page } from '../parts/Page';

export default function NotificationsPage() {
  return <Page title="Notifications">To come.</Page>;
}
