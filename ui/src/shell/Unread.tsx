/** How many notifications there are to read. */

export function Unread() {
  return (
    <a class="button button-plain" href="/notifications">
      Notifications
    </a>
  );
}
