-- Exports of an event: read by a cursor in one transaction, so that all is of one moment and never in memory as a whole.

-- name: head
-- An event's layout; none where its places are not numbered.
SELECT layout_id FROM event WHERE event_id = $1

-- name: tiers
-- The names of its tiers.
SELECT tier_no, name FROM tier WHERE event_id = $1

-- name: bookings
-- All its bookings, oldest first; a hold that has ended is expired.
SELECT event_id, booking_id, user_id, CASE WHEN status = 0 AND expires_at <= now() THEN 3 ELSE status END AS status, lines::text AS lines,
    currency, created_at, expires_at, extended, confirmed_at, cancelled_at, refund_steps::text AS refund_steps
FROM booking WHERE event_id = $1 ORDER BY created_at, booking_id

-- name: tickets
-- The tickets of some of its bookings, in order.
SELECT event_id, booking_id, ticket_no, tier_no, seat_no, price_minor, status, checked_in_at
FROM ticket WHERE event_id = $1 AND booking_id = ANY ($2::bigint[]) ORDER BY booking_id, ticket_no

-- name: buyers
-- Who booked.
SELECT user_id, name, email FROM account WHERE user_id = ANY ($1::bigint[])
