-- What is read of bookings outside the box office. A booking is shown as expired from the moment its hold ends, whatever is stored yet.

-- name: find
-- Bookings by id. The events narrow it to where they live.
SELECT event_id, booking_id, user_id, CASE WHEN status = 0 AND expires_at <= now() THEN 3 ELSE status END AS status, lines::text AS lines,
    currency, created_at, expires_at, extended, confirmed_at, cancelled_at, refund_steps::text AS refund_steps
FROM booking WHERE event_id = ANY ($1::bigint[]) AND booking_id = ANY ($2::bigint[])

-- name: bookings
-- All bookings: a scatter, unless they are an event's. `db/bookings.py` narrows it to that, to a user's, by that index, and to a page.
SELECT event_id, booking_id, user_id, CASE WHEN status = 0 AND expires_at <= now() THEN 3 ELSE status END AS status, lines::text AS lines,
    currency, created_at, expires_at, extended, confirmed_at, cancelled_at, refund_steps::text AS refund_steps
FROM booking

-- name: count_bookings
-- How many bookings: a scatter, narrowed as `bookings` is.
SELECT count(*) FROM booking

-- name: stats_of_user
-- What a profile tells: confirmed bookings, events still to come, and what was spent, by currency. A scatter.
SELECT booking.currency, count(*) AS bookings, sum(booking.total_minor)::bigint AS spent_minor,
    count(DISTINCT booking.event_id) FILTER (WHERE event.starts_at > now()) AS upcoming
FROM booking JOIN event ON event.event_id = booking.event_id
WHERE booking.user_id = $1 AND booking.status = 1
GROUP BY booking.currency ORDER BY booking.currency

-- name: tickets
-- The tickets of some bookings, in order.
SELECT event_id, booking_id, ticket_no, tier_no, seat_no, price_minor, status, holder_id, issue, checked_in_at
FROM ticket WHERE event_id = ANY ($1::bigint[]) AND booking_id = ANY ($2::bigint[]) ORDER BY booking_id, ticket_no

-- name: payments
-- The payments of some bookings, oldest first.
SELECT event_id, payment_id, booking_id, user_id, amount_minor, currency, gateway, method, status, created_at, fails_booking, processed_at,
    provider_reference, failure
FROM payment WHERE event_id = ANY ($1::bigint[]) AND booking_id = ANY ($2::bigint[]) ORDER BY created_at, payment_id

-- name: payment
-- One payment by id.
SELECT event_id, payment_id, booking_id, user_id, amount_minor, currency, gateway, method, status, created_at, fails_booking, processed_at,
    provider_reference, failure
FROM payment WHERE event_id = $1 AND payment_id = $2

-- name: refunds
-- The refunds of some bookings, oldest first.
SELECT event_id, refund_id, payment_id, booking_id, amount_minor, currency, status, created_at, processed_at, provider_reference, failure
FROM refund WHERE event_id = ANY ($1::bigint[]) AND booking_id = ANY ($2::bigint[]) ORDER BY created_at, refund_id

-- name: open_payments
-- Payments begun before a moment ago and not ended, oldest first: a scatter, for recovery. $1 seconds, $2 how many, $3 and $4 the last one's
-- time and number.
SELECT event_id, payment_id, booking_id, user_id, amount_minor, currency, gateway, method, status, created_at, fails_booking, processed_at,
    provider_reference, failure
FROM payment
WHERE status = 0 AND created_at < now() - make_interval(secs => $1::float8) AND (created_at, payment_id) > ($3::timestamptz, $4::bigint)
ORDER BY created_at, payment_id LIMIT $2

-- name: open_refunds
-- Refunds owed since before a moment ago, with their payments, oldest first: a scatter, for recovery. $1 to $4 as above.
SELECT refund.event_id, refund.refund_id, refund.payment_id, refund.booking_id, refund.amount_minor, refund.currency, refund.status,
    refund.created_at, refund.processed_at, refund.provider_reference, refund.failure, payment.user_id, payment.gateway, payment.method,
    payment.amount_minor AS paid_minor, payment.created_at AS paid_at, payment.provider_reference AS paid_reference
FROM refund JOIN payment ON payment.event_id = refund.event_id AND payment.payment_id = refund.payment_id
WHERE refund.status = 0 AND refund.created_at < now() - make_interval(secs => $1::float8)
    AND (refund.created_at, refund.refund_id) > ($3::timestamptz, $4::bigint)
ORDER BY refund.created_at, refund.refund_id LIMIT $2

-- name: now
-- The clock that holds are measured by.
SELECT now()
