-- Work that goes over all bookings of an event in batches. Each batch is a command of the box office, which moves the errand on.

-- name: open
-- Errands that are not at their end, the oldest first: a scatter over all events.
SELECT event_id, errand_id FROM errand WHERE done_at IS NULL ORDER BY created_at LIMIT $1

-- name: next
-- How far an errand has come, and the live bookings that follow, by their numbers; no row where it is done.
SELECT errand.after_booking, ARRAY (
    SELECT booking_id FROM booking
    WHERE booking.event_id = $1 AND booking.booking_id > errand.after_booking AND booking.status IN (0, 1)
    ORDER BY booking_id LIMIT $3) AS bookings
FROM errand WHERE errand.event_id = $1 AND errand.errand_id = $2 AND errand.done_at IS NULL

-- name: add
-- An errand that is yet to begin, written in the transaction that makes it necessary.
INSERT INTO errand (event_id, errand_id, kind, about, after_booking, created_at) VALUES ($1, $2, $3, $4::jsonb, -1, $5)
