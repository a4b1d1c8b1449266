-- One booking of two seats as one statement, so that its transaction lasts as short as it can: the best that one booking per commit can do.
-- It writes what the box office writes. The event's row is taken first; a seat that is not free makes the last line divide by zero.
\set n :n + 1
\set k :n * :clients + :client_id
\set event :first + :k % :events
\set turn :k / :events
\set seat (:turn % 2) * :half + (:turn / 2) * 2
\set tier 1 + :turn % 2
\set booking random(1, 9223372036854775806)
\set user random(1, 9223372036854775806)
WITH sale AS (
    UPDATE inventory SET version = version + 1 FROM event
    WHERE inventory.event_id = :event AND event.event_id = :event AND event.status = 1 AND now() BETWEEN on_sale_at AND off_sale_at
    RETURNING inventory.event_id, version, currency
), claims AS (
    INSERT INTO claim (event_id, seat_no, status, booking_id, version)
    SELECT event_id, seat_no, 1, :booking, version FROM sale, generate_series(:seat::int, :seat::int + 1) AS seat_no
    ON CONFLICT (event_id, seat_no) DO UPDATE
    SET status = excluded.status, booking_id = excluded.booking_id, version = excluded.version WHERE claim.status = 0
    RETURNING seat_no
), tiers AS (
    UPDATE tier SET available = available - 2, held = held + 2 FROM sale
    WHERE tier.event_id = sale.event_id AND tier.event_id = :event AND tier_no = :tier
    RETURNING tier_no, price_minor
), bookings AS (
    INSERT INTO booking (event_id, booking_id, user_id, status, quantity, lines, total_minor, currency, created_at, expires_at, extended)
    SELECT event_id, :booking, :user, 0, 2,
        jsonb_build_array(jsonb_build_array(tier_no, 2, price_minor, jsonb_build_array(:seat::int, :seat::int + 1))),
        2 * price_minor, currency, now(), now() + interval '300 s', false
    FROM sale, tiers
    RETURNING booking_id
)
SELECT 1 / ((SELECT count(*) FROM claims) = 2 AND (SELECT count(*) FROM bookings) = 1)::int;
