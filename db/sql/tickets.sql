-- What is read of tickets apart from their bookings.

-- name: received
-- The tickets that others gave a user, by the partial index on holders; those for the latest event first. A scatter. $2 how many, $3 to
-- $6 the start, event, booking and number of the last one told; null for the first page.
SELECT ticket.event_id, ticket.booking_id, ticket.ticket_no, ticket.tier_no, ticket.seat_no, ticket.price_minor, ticket.status,
    ticket.holder_id, ticket.issue, ticket.checked_in_at, event.starts_at
FROM ticket JOIN event ON event.event_id = ticket.event_id
WHERE ticket.holder_id = $1 AND ($3::timestamptz IS NULL
    OR (event.starts_at, ticket.event_id, ticket.booking_id, ticket.ticket_no) < ($3, $4::bigint, $5::bigint, $6::smallint))
ORDER BY event.starts_at DESC, ticket.event_id DESC, ticket.booking_id DESC, ticket.ticket_no DESC LIMIT $2

-- name: count_received
-- How many those are. A scatter.
SELECT count(*) FROM ticket WHERE holder_id = $1

-- name: numbered
-- The tickets that a printed number may stand for: one, as a code is 50 bits of its booking's id. Two are enough to see that it is not.
SELECT event_id, booking_id, ticket_no, tier_no, seat_no, price_minor, status, holder_id, issue, checked_in_at
FROM ticket WHERE event_id = $1 AND booking_id BETWEEN $2 AND $3 AND ticket_no = $4 LIMIT 2

-- name: attendance
-- How many may come to some events, and how many have.
SELECT event_id, count(*) AS sold, count(*) FILTER (WHERE status = 2) AS checked_in
FROM ticket WHERE event_id = ANY ($1::bigint[]) AND status <> 1 GROUP BY event_id
