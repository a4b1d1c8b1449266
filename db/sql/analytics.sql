-- Analytics: figures over the bookings and the money of many events. Each statement is a scatter that adds up where the rows live. Most have
-- $1 from when and $2 until when (exclusive), and $3 an organization or null for all; days are told by the place of a moment in $4, the
-- instants at which they begin. They are read in one transaction at one moment. Nothing is joined across events but by the event's id.

-- name: events
-- The events that start in the range, by status, with their places: a scatter.
SELECT event.status, count(DISTINCT event.event_id) AS events, coalesce(sum(tier.booked), 0)::bigint AS booked,
    coalesce(sum(tier.available + tier.held + tier.booked + tier.blocked), 0)::bigint AS capacity
FROM event LEFT JOIN tier ON tier.event_id = event.event_id
WHERE event.starts_at >= $1 AND event.starts_at < $2 AND ($3::bigint IS NULL OR event.organization_id = $3) AND event.status <> 0
GROUP BY event.status

-- name: bookings
-- The bookings made in the range, by day and by what has become of them: a scatter. A hold that has ended counts as expired.
SELECT width_bucket(booking.created_at, $4::timestamptz[]) AS day,
    CASE WHEN booking.status = 0 AND booking.expires_at <= now() THEN 3 ELSE booking.status END AS status, count(*) AS bookings
FROM booking JOIN event ON event.event_id = booking.event_id
WHERE booking.created_at >= $1 AND booking.created_at < $2 AND ($3::bigint IS NULL OR event.organization_id = $3)
GROUP BY 1, 2

-- name: revenue
-- The payments that succeeded in the range, by day and currency: a scatter.
SELECT width_bucket(payment.processed_at, $4::timestamptz[]) AS day, payment.currency, sum(payment.amount_minor)::bigint AS minor
FROM payment JOIN event ON event.event_id = payment.event_id
WHERE payment.status = 1 AND payment.processed_at >= $1 AND payment.processed_at < $2
    AND ($3::bigint IS NULL OR event.organization_id = $3)
GROUP BY 1, 2

-- name: refunds
-- The refunds given back in the range, by day and currency: a scatter.
SELECT width_bucket(refund.processed_at, $4::timestamptz[]) AS day, refund.currency, sum(refund.amount_minor)::bigint AS minor
FROM refund JOIN event ON event.event_id = refund.event_id
WHERE refund.status = 1 AND refund.processed_at >= $1 AND refund.processed_at < $2
    AND ($3::bigint IS NULL OR event.organization_id = $3)
GROUP BY 1, 2

-- name: owed
-- The refunds that became due in the range and were not given back, by currency: a scatter.
SELECT refund.currency, sum(refund.amount_minor)::bigint AS minor
FROM refund JOIN event ON event.event_id = refund.event_id
WHERE refund.status <> 1 AND refund.created_at >= $1 AND refund.created_at < $2 AND ($3::bigint IS NULL OR event.organization_id = $3)
GROUP BY 1

-- name: tiers
-- The tickets of bookings confirmed in the range, by tier name and currency: a scatter. They are added up by tier before names are looked at.
SELECT tier.name, sold.currency, sum(sold.tickets)::bigint AS tickets, sum(sold.cancelled)::bigint AS cancelled,
    sum(sold.minor)::bigint AS minor
FROM (
    SELECT ticket.event_id, ticket.tier_no, booking.currency, count(*) AS tickets, count(*) FILTER (WHERE ticket.status = 1) AS cancelled,
        sum(ticket.price_minor) AS minor
    FROM booking JOIN event ON event.event_id = booking.event_id
        JOIN ticket ON ticket.event_id = booking.event_id AND ticket.booking_id = booking.booking_id
    WHERE booking.confirmed_at >= $1 AND booking.confirmed_at < $2 AND ($3::bigint IS NULL OR event.organization_id = $3)
    GROUP BY 1, 2, 3
) AS sold JOIN tier ON tier.event_id = sold.event_id AND tier.tier_no = sold.tier_no
GROUP BY 1, 2

-- name: top_events
-- The events that earned most in the range, the best $4 of each currency: a scatter.
SELECT event_id, currency, minor FROM (
    SELECT event_id, currency, minor, row_number() OVER (PARTITION BY currency ORDER BY minor DESC, event_id) AS rank
    FROM (
        SELECT payment.event_id, payment.currency, sum(payment.amount_minor)::bigint AS minor
        FROM payment JOIN event ON event.event_id = payment.event_id
        WHERE payment.status = 1 AND payment.processed_at >= $1 AND payment.processed_at < $2
            AND ($3::bigint IS NULL OR event.organization_id = $3)
        GROUP BY 1, 2
        HAVING sum(payment.amount_minor) > 0
    ) AS earned
) AS ranked
WHERE rank <= $4 ORDER BY currency, rank

-- name: top_facts
-- How many bookings some events had in the range, and how full they are: a scatter over those events, $3.
SELECT event.event_id,
    (SELECT count(*) FROM booking WHERE booking.event_id = event.event_id AND booking.created_at >= $1 AND booking.created_at < $2) AS bookings,
    (SELECT coalesce(sum(tier.booked), 0)::bigint FROM tier WHERE tier.event_id = event.event_id) AS booked,
    (SELECT coalesce(sum(tier.available + tier.held + tier.booked + tier.blocked), 0)::bigint FROM tier
        WHERE tier.event_id = event.event_id) AS capacity
FROM event WHERE event.event_id = ANY ($3::bigint[])
