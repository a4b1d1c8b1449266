import { Page } from '../parts/Page';

export default function RegisterPage() {
  return <Page title="Register">To come.</Page>;
}
