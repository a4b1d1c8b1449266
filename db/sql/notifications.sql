-- Notifications: how those that are due go out, and what users see of theirs. They are written by the box office, with what they tell of.

-- name: due_events
-- Events with something to send: a scatter, by the index of what is due. Not only where the oldest wait, or an event with very many of them
-- would keep all others waiting: the newest are looked at too. $1 how many of each.
SELECT DISTINCT event_id FROM (
    (SELECT event_id FROM notification WHERE status = 0 AND due_at <= now() ORDER BY due_at LIMIT $1)
    UNION ALL
    (SELECT event_id FROM notification WHERE status = 0 AND due_at <= now() ORDER BY due_at DESC LIMIT $1)
) AS waiting

-- name: claim
-- Takes some of an event's for a while, by moving the moment at which they are due: a process that dies leaves them due again. Rows that
-- another process is just taking are passed over. The number of the attempt tells a late outcome from a present one. $2 how many, $3 ms.
-- An array and not a join, or the plan reads all that an event has to find these few, where its statistics are older than the event's rows.
WITH taken AS MATERIALIZED (
    SELECT notification_id FROM notification WHERE notification.event_id = $1 AND status = 0 AND due_at <= now()
    ORDER BY due_at LIMIT $2 FOR UPDATE SKIP LOCKED
)
UPDATE notification SET due_at = now() + make_interval(secs => $3::bigint / 1000.0), attempts = notification.attempts + 1
WHERE notification.event_id = $1 AND notification.notification_id = ANY (ARRAY (SELECT notification_id FROM taken))
RETURNING notification.event_id, notification.notification_id, user_id, kind, booking_id, about::text AS about, created_at, read_at,
    channels, attempts

-- name: recipients
-- Whom to tell, how they want to be told, and who handed tickets on.
SELECT user_id, name, email, phone, notify_email, notify_sms, muted_kinds FROM account WHERE user_id = ANY ($1::bigint[])

-- name: wishes
-- How those in an event's waitlist wanted to be told, when they joined.
SELECT entry_id, user_id, notify_email, notify_sms FROM waitlist_entry WHERE event_id = $1 AND entry_id = ANY ($2::bigint[])

-- name: occasion
-- What the words say of an event.
SELECT name, starts_at, timezone FROM event WHERE event_id = $1

-- name: record
-- What came of attempts: one commit for all that ended meanwhile. A newer attempt's row is left alone by an older one's failure, while what
-- has gone out has gone out, whoever says so. $2 numbers, $3 attempts they are of, $4 states, $5 ways they went, $6 attempts that count,
-- $7 ms until due again, $8 what went wrong. `< 1` and not `= 0`, or the plan reads all that is due to find these few.
UPDATE notification
SET status = told.status, channels = notification.channels | told.channels, attempts = told.counted,
    due_at = now() + make_interval(secs => told.again_ms / 1000.0),
    sent_at = CASE WHEN told.channels > 0 THEN coalesce(notification.sent_at, now()) ELSE notification.sent_at END,
    failure = told.failure
FROM unnest($2::bigint[], $3::smallint[], $4::smallint[], $5::smallint[], $6::smallint[], $7::bigint[], $8::text[])
    AS told (notification_id, attempt, status, channels, counted, again_ms, failure)
WHERE notification.event_id = $1 AND notification.notification_id = ANY ($2::bigint[])
    AND notification.notification_id = told.notification_id AND notification.status < 1
    AND (told.status = 1 OR notification.attempts = told.attempt)

-- name: of_user
-- One page of a user's, newest first, behind a place in that order. $2 and $3 the last one's time and number or null, $4 how many. A
-- scatter, by the user's index.
SELECT event_id, notification_id, user_id, kind, booking_id, about::text AS about, created_at, read_at
FROM notification
WHERE user_id = $1 AND ($2::timestamptz IS NULL OR (created_at, notification_id) < ($2, $3::bigint))
ORDER BY created_at DESC, notification_id DESC LIMIT $4

-- name: count_of_user
-- How many a user has: a scatter.
SELECT count(*) FROM notification WHERE user_id = $1

-- name: unread
-- How many some users have not read: a scatter, by the user's index.
SELECT user_id, count(*) AS unread FROM notification WHERE user_id = ANY ($1::bigint[]) AND read_at IS NULL GROUP BY user_id

-- name: find
-- Notifications by id. The events narrow it to where they live.
SELECT event_id, notification_id, user_id, kind, booking_id, about::text AS about, created_at, read_at
FROM notification WHERE event_id = ANY ($1::bigint[]) AND notification_id = ANY ($2::bigint[])

-- name: mark_read
-- Only the user's own; what was read stays read since then. Pairs, as a number may be in several events.
UPDATE notification SET read_at = coalesce(read_at, now())
WHERE event_id = ANY ($2::bigint[]) AND notification_id = ANY ($3::bigint[]) AND user_id = $1
RETURNING event_id, notification_id, user_id, kind, booking_id, about::text AS about, created_at, read_at

-- name: arrived
-- Which notifications some users have got lately, told or not: a scatter, by the user's index. $2 how far to look back, in ms.
SELECT user_id, event_id, notification_id FROM notification
WHERE user_id = ANY ($1::bigint[]) AND created_at > now() - make_interval(secs => $2::bigint / 1000.0)

-- name: arrived_at
-- What a user has got lately and was not told yet, oldest first: a scatter, by the user's index. $2 how far to look back in ms, $3 the
-- numbers of what was told, $4 how many.
SELECT event_id, notification_id, user_id, kind, booking_id, about::text AS about, created_at, read_at
FROM notification
WHERE user_id = $1 AND created_at > now() - make_interval(secs => $2::bigint / 1000.0) AND notification_id <> ALL ($3::bigint[])
ORDER BY created_at, notification_id LIMIT $4

-- name: preferences
-- How some users want to be told.
SELECT user_id, notify_email, notify_sms, muted_kinds FROM account WHERE user_id = ANY ($1::bigint[])

-- name: lock_preferences
-- With the phone, which SMS needs: it stays as it is until the change is written.
SELECT user_id, notify_email, notify_sms, muted_kinds, phone FROM account WHERE user_id = $1 FOR NO KEY UPDATE

-- name: write_preferences
-- Under the lock, as the rules decided.
UPDATE account SET notify_email = $2, notify_sms = $3, muted_kinds = $4 WHERE user_id = $1
