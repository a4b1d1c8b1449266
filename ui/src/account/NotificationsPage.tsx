import { request } from '../api/client';
import { graphql, type ResultOf } from '../api/graphql';
import { Action } from '../parts/Action';
import { announce } from '../parts/announce';
import { Failure } from '../parts/Notice';
import { Page } from '../parts/Page';
import { moment } from '../parts/times';
import { useAct } from '../parts/useAct';
import { useFurther } from '../parts/useFurther';
import { useQuery } from '../parts/useQuery';
import { useReconnected } from '../parts/useReconnected';
import { Gate } from './Gate';
import { arrivals, isRead, markRead, type Notification, NotificationParts, unread as unreadCount } from './notifications';
import './account.css';

const MyNotifications = graphql(
  `query MyNotifications($after: String) {
    me {
      notifications(first: 20, after: $after) {
        pageInfo { hasNextPage endCursor }
        edges { node { ...NotificationParts } }
      }
    }
  }`,
  [NotificationParts],
);

type PageOfThem = NonNullable<ResultOf<typeof MyNotifications>['me']>['notifications'];
const NO_MORE: PageOfThem = { pageInfo: { hasNextPage: false, endCursor: null }, edges: [] };

export default function NotificationsPage() {
  return (
    <Page title="Notifications">
      <Gate why="Log in to see your notifications.">
        <Notifications />
      </Gate>
    </Page>
  );
}

function Notifications() {
  const { data, failed, reload } = useQuery(MyNotifications, { after: null });
  const more = useFurther(
    data?.me?.notifications ?? null,
    async (after) => (await request(MyNotifications, { after })).me?.notifications ?? NO_MORE,
  );
  useReconnected(reload);
  const listed = more.pages.flatMap(({ edges }) => edges.map(({ node }) => node));
  const known = new Set(listed.map(({ id }) => id));
  const all = [...arrivals.value.filter(({ id }) => !known.has(id)), ...listed];
  const unread = all.filter((each) => !isRead(each)).map(({ id }) => id);
  const count = Math.max(unread.length, unreadCount.value ?? 0); // there may be more below
  const marking = useMarking();

  return (
    <div class="stack">
      {unread.length > 0 && (
        <div class="row apart">
          <p>
            <strong>{count === 1 ? '1 is' : `${count} are`} new to you.</strong>
          </p>
          <Action look="usual" act={() => marking.mark(unread.slice(0, 100))}>
            {count > unread.length ? `Mark these ${unread.length} as read` : 'Mark all as read'}
          </Action>
        </div>
      )}
      {marking.problem}
      {failed && <Failure failed={failed} retry={reload} />}
      {data && all.length === 0 && (
        <div class="card nothing-here">
          <p>
            <strong>Nothing yet.</strong> What happens to your bookings is told here.
          </p>
        </div>
      )}
      <ul class="told">
        {all.map((each) => (
          <Told key={each.id} notification={each} read={() => marking.mark([each.id])} />
        ))}
        {!data && !failed && [1, 2, 3].map((card) => <li key={card} class="card told-one skeleton" aria-hidden="true" />)}
      </ul>
      {more.failed && <Failure failed={more.failed} />}
      {more.hasMore && (
        <div class="row centred">
          <Action look="usual" act={more.showMore}>
            Show more
          </Action>
        </div>
      )}
    </div>
  );
}

function Told({ notification, read }: { notification: Notification; read: () => Promise<void> }) {
  const { id, subject, body, sentAt, booking, event } = notification;
  const isNew = !isRead(notification);
  return (
    <li class={`card told-one ${isNew ? 'told-new' : ''}`} data-testid="notification">
      <div class="row apart told-top">
        <h2 id={id} dir="auto">
          {isNew && <span class="badge told-badge">New</span>} {subject}
        </h2>
        <time class="quiet small" dateTime={sentAt}>
          {moment(sentAt)}
        </time>
      </div>
      <div class="told-body">
        {body.split('\n\n').map((paragraph) => (
          <p key={paragraph} dir="auto">
            {paragraph}
          </p>
        ))}
      </div>
      <div class="row">
        {booking && (
          <a class="button" href={`/bookings/${booking.id}`} aria-describedby={id}>
            Show the booking
          </a>
        )}
        {event && !booking && (
          <a class="button" href={`/events/${event.id}`} aria-describedby={id}>
            Show the event
          </a>
        )}
        {isNew && (
          <Action look="plain" act={read} aria-describedby={id}>
            Mark as read
          </Action>
        )}
      </div>
    </li>
  );
}

/** Marks as read, and says what came of it. */
function useMarking() {
  const { act, problem } = useAct();
  const mark = (ids: readonly string[]) =>
    act(async () => {
      const refusal = await markRead(ids);
      if (!refusal) {
        announce(ids.length === 1 ? 'Marked as read' : `${ids.length} marked as read`);
        document.querySelector<HTMLElement>('h1')?.focus(); // the button that was pressed is gone
      }
      return refusal;
    });
  return { mark, problem };
}
