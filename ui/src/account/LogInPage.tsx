import { Page } from '../parts/Page';

export default function LogInPage() {
  return <Page title="Log in">To come.</Page>;
}
