-- What is read of waitlists outside the box office. An offer is shown as expired from the moment its time is over, whatever is stored yet.

-- name: find
-- Entries by id. The events narrow it to where they live.
SELECT event_id, entry_id, user_id, tier_no, quantity, together,
    CASE WHEN status = 1 AND offer_expires_at <= now() THEN 4 ELSE status END AS status,
    joined_at, notify_email, notify_sms, offered_at, offer_expires_at, ended_at, skips, skip_reason
FROM waitlist_entry WHERE event_id = ANY ($1::bigint[]) AND entry_id = ANY ($2::bigint[])

-- name: standings
-- Entries by id, with how many of those who wait came before each and want the same places, what those want together, and how fast the
-- queue moves. `line` walks each event's queue once, whatever the number of entries asked for, and is joined to nothing: a plan that took
-- it for short would walk it once for each. `pace` adds up what was offered, by tier, once as well. $3 how many seconds back.
WITH line AS (
    SELECT *,
        count(*) OVER everybody - 1 AS all_ahead,
        sum(quantity) OVER everybody - quantity AS all_places,
        count(*) OVER same_tier + count(*) FILTER (WHERE tier_no IS NULL) OVER everybody - 1 AS tier_ahead,
        sum(quantity) OVER same_tier + coalesce(sum(quantity) FILTER (WHERE tier_no IS NULL) OVER everybody, 0) - quantity AS tier_places
    FROM waitlist_entry WHERE event_id = ANY ($1::bigint[]) AND status = 0
    WINDOW everybody AS (PARTITION BY event_id ORDER BY joined_at, entry_id),
        same_tier AS (PARTITION BY event_id, tier_no ORDER BY joined_at, entry_id)
), found AS (
    SELECT event_id, entry_id, user_id, tier_no, quantity, together, status, joined_at, notify_email, notify_sms, offered_at,
        offer_expires_at, ended_at, skips, skip_reason,
        CASE WHEN tier_no IS NULL THEN all_ahead ELSE tier_ahead END AS ahead,
        CASE WHEN tier_no IS NULL THEN all_places ELSE tier_places END AS places_ahead
    FROM line WHERE entry_id = ANY ($2::bigint[])
    UNION ALL
    SELECT event_id, entry_id, user_id, tier_no, quantity, together,
        CASE WHEN status = 1 AND offer_expires_at <= now() THEN 4 ELSE status END, joined_at, notify_email, notify_sms, offered_at,
        offer_expires_at, ended_at, skips, skip_reason, NULL, NULL
    FROM waitlist_entry WHERE waitlist_entry.event_id = ANY ($1::bigint[]) AND entry_id = ANY ($2::bigint[]) AND status <> 0
), pace AS MATERIALIZED (
    SELECT event_id, tier_no, min(joined_at) AS began,
        coalesce(sum(quantity) FILTER (WHERE offered_at > now() - make_interval(secs => $3::bigint)), 0) AS places
    FROM waitlist_entry WHERE event_id = ANY ($1::bigint[]) GROUP BY event_id, tier_no
)
SELECT found.*, moved.places::bigint AS moved_places,
    now() - greatest(moved.began, now() - make_interval(secs => $3::bigint)) AS moved_over,
    event.off_sale_at - now() AS sales_left
FROM found
JOIN event ON event.event_id = found.event_id
CROSS JOIN LATERAL (
    SELECT sum(pace.places) AS places, min(pace.began) AS began FROM pace
    WHERE pace.event_id = found.event_id AND (found.tier_no IS NULL OR pace.tier_no IS NULL OR pace.tier_no = found.tier_no)
) AS moved

-- name: active
-- The entries with which some users wait, or have an open offer, in some events.
SELECT event_id, entry_id, user_id, tier_no, quantity, together, status, joined_at, notify_email, notify_sms, offered_at,
    offer_expires_at, ended_at, skips, skip_reason
FROM waitlist_entry
WHERE event_id = ANY ($1::bigint[]) AND user_id = ANY ($2::bigint[]) AND status IN (0, 1) AND (status = 0 OR offer_expires_at > now())

-- name: lengths
-- How many entries of some events are active, as the box office counts them: no entry is read for it.
SELECT event_id, waiting FROM inventory WHERE event_id = ANY ($1::bigint[])

-- name: of_user
-- One page of a user's entries, newest first, behind a place in that order. $2 and $3 the last one's time and number or null, $4 how many.
-- A scatter, by the user's index.
SELECT event_id, entry_id, user_id, tier_no, quantity, together,
    CASE WHEN status = 1 AND offer_expires_at <= now() THEN 4 ELSE status END AS status,
    joined_at, notify_email, notify_sms, offered_at, offer_expires_at, ended_at, skips, skip_reason
FROM waitlist_entry
WHERE user_id = $1 AND ($2::timestamptz IS NULL OR (joined_at, entry_id) < ($2, $3::bigint))
ORDER BY joined_at DESC, entry_id DESC LIMIT $4

-- name: count_of_user
-- How many entries a user has: a scatter, by the user's index.
SELECT count(*) FROM waitlist_entry WHERE user_id = $1

-- name: of_event
-- One page of those who wait for an event's places or have an open offer, first come first, behind a place in that order. $2 and $3 the
-- last one's time and number or null, $4 how many.
SELECT event_id, entry_id, user_id, tier_no, quantity, together,
    CASE WHEN status = 1 AND offer_expires_at <= now() THEN 4 ELSE status END AS status,
    joined_at, notify_email, notify_sms, offered_at, offer_expires_at, ended_at, skips, skip_reason
FROM waitlist_entry
WHERE event_id = $1 AND status IN (0, 1) AND ($2::timestamptz IS NULL OR (joined_at, entry_id) > ($2, $3::bigint))
ORDER BY joined_at, entry_id LIMIT $4
