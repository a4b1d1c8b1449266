/** Brings GraphiQL, which is large, and says so where it does not come. */

import './loading.css';

const place = document.getElementById('graphiql')!;

try {
  const { show } = await import('./GraphiQLPage');
  show(place);
} catch (error) {
  console.error(error);
  const retry = document.createElement('button');
  retry.textContent = 'Try again';
  retry.onclick = () => location.reload();
  place.setAttribute('role', 'alert');
  place.replaceChildren('GraphiQL could not be loaded: the server was not reached, or has been upgraded since. ', retry);
}
