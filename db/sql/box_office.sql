-- What the box office loads and writes for one event. Two round trips a batch: load, write; most need
-- only `load_places` and `write_holds`, and one that takes free seats of an event known well enough needs one alone: `hold_places`.

-- name: load
-- All that a batch of commands touches, at one version and one moment. The database's clock is the only clock. Lists come as JSON: one
-- value each, whatever their length. $1 event, $2 seats, $3 a version since which every change of a seat is wanted, or null, $4 how many of
-- those who wait, $5 bookings with their payments and refunds, $6 users, $7 and $8 users with their keys, $9 how many overdue holds at most,
-- $10 bookings whose tickets are wanted, $11 entries of the waitlist, $12 users whose place in it is wanted, $13 errands.
SELECT
    inventory.version,
    inventory.plan_version,
    inventory.waiting,
    statement_timestamp() AS now,
    event.status,
    event.on_sale_at,
    event.off_sale_at,
    event.starts_at,
    event.ticket_limit,
    event.currency,
    event.refund_steps::text AS refund_steps,
    event.avoids_orphans,
    (SELECT json_agg(json_build_array(tier_no, name, kind, price_minor, available, held, booked, blocked))
        FROM tier WHERE tier.event_id = $1) AS tiers,
    (SELECT json_agg(json_build_array(seat_no, status, booking_id))
        FROM claim WHERE claim.event_id = $1 AND seat_no = ANY ($2::int[]) AND status <> 0) AS claims,
    CASE WHEN $3::bigint IS NOT NULL THEN
        (SELECT json_agg(json_build_array(seat_no, status)) FROM claim WHERE claim.event_id = $1 AND claim.version > $3) END AS moved,
    (SELECT json_agg(json_build_array(booking_id, user_id, status, lines, currency, created_at, expires_at, extended, confirmed_at,
            cancelled_at, idempotency_key, fingerprint, refund_steps))
        FROM (SELECT * FROM booking WHERE booking.event_id = $1 AND booking.status = 0 AND booking.expires_at <= statement_timestamp()
            ORDER BY booking.expires_at LIMIT $9) AS booking) AS due,
    CASE WHEN cardinality($5::bigint[]) > 0 THEN
        (SELECT json_agg(json_build_array(booking_id, user_id, status, lines, currency, created_at, expires_at, extended, confirmed_at,
            cancelled_at, idempotency_key, fingerprint, refund_steps))
        FROM booking WHERE booking.event_id = $1 AND booking_id = ANY ($5::bigint[])) END AS bookings,
    CASE WHEN cardinality($5::bigint[]) > 0 THEN
        (SELECT json_agg(json_build_array(payment_id, booking_id, user_id, amount_minor, currency, gateway, method, status, created_at,
            fails_booking, processed_at, provider_reference, failure))
        FROM payment WHERE payment.event_id = $1 AND booking_id = ANY ($5::bigint[])) END AS payments,
    CASE WHEN cardinality($5::bigint[]) > 0 THEN
        (SELECT json_agg(json_build_array(refund_id, payment_id, booking_id, amount_minor, currency, status, created_at, processed_at,
            provider_reference, failure))
        FROM refund WHERE refund.event_id = $1 AND booking_id = ANY ($5::bigint[])) END AS refunds,
    CASE WHEN cardinality($7::bigint[]) > 0 THEN
        (SELECT json_agg(json_build_array(booking_id, booking.user_id, status, lines, currency, created_at, expires_at, extended,
            confirmed_at, cancelled_at, booking.idempotency_key, fingerprint, refund_steps))
        FROM booking, unnest($7::bigint[], $8::text[]) AS asked (user_id, idempotency_key)
        WHERE booking.event_id = $1 AND booking.user_id = asked.user_id AND booking.idempotency_key = asked.idempotency_key) END AS keyed,
    CASE WHEN cardinality($7::bigint[]) > 0 THEN
        (SELECT json_agg(json_build_array(receipt.user_id, receipt.idempotency_key, fingerprint, booking_id, made))
        FROM receipt, unnest($7::bigint[], $8::text[]) AS asked (user_id, idempotency_key)
        WHERE receipt.event_id = $1 AND receipt.user_id = asked.user_id AND receipt.idempotency_key = asked.idempotency_key) END AS receipts,
    CASE WHEN event.ticket_limit IS NOT NULL AND (cardinality($6::bigint[]) > 0 OR inventory.waiting > 0) THEN
        (SELECT json_agg(json_build_array(user_id, places)) FROM (
            SELECT user_id, sum(quantity) AS places FROM booking
            WHERE booking.event_id = $1 AND booking.status IN (0, 1) AND user_id = ANY ($6::bigint[] || ARRAY (
                SELECT waitlist_entry.user_id FROM waitlist_entry WHERE waitlist_entry.event_id = $1 AND waitlist_entry.status = 0
                ORDER BY joined_at, entry_id LIMIT $4)) GROUP BY user_id) AS counted)
        END AS taken_by,
    CASE WHEN cardinality($10::bigint[]) > 0 THEN
        (SELECT json_agg(json_build_array(booking_id, ticket_no, tier_no, seat_no, price_minor, status, holder_id, issue, checked_in_at))
        FROM ticket WHERE ticket.event_id = $1 AND booking_id = ANY ($10::bigint[])) END AS tickets,
    CASE WHEN inventory.waiting > 0 OR cardinality($11::bigint[]) > 0 THEN
        (SELECT json_agg(json_build_array(entry_id, user_id, tier_no, quantity, together, status, joined_at, notify_email, notify_sms,
            offered_at, offer_expires_at, ended_at, skips, skip_reason))
        FROM (
            (SELECT * FROM waitlist_entry WHERE waitlist_entry.event_id = $1 AND waitlist_entry.status = 0
                ORDER BY joined_at, entry_id LIMIT $4)
            UNION ALL
            (SELECT * FROM waitlist_entry WHERE waitlist_entry.event_id = $1 AND entry_id = ANY ($11::bigint[] || $5::bigint[] || ARRAY (
                SELECT booking_id FROM booking
                WHERE booking.event_id = $1 AND booking.status = 0 AND booking.expires_at <= statement_timestamp()
                ORDER BY booking.expires_at LIMIT $9)))
            UNION ALL
            (SELECT * FROM waitlist_entry WHERE waitlist_entry.event_id = $1 AND waitlist_entry.user_id = ANY ($12::bigint[])
                AND waitlist_entry.status IN (0, 1))
            UNION ALL
            (SELECT * FROM waitlist_entry WHERE waitlist_entry.event_id = $1 AND entry_id = ANY (ARRAY (
                SELECT made FROM receipt, unnest($7::bigint[], $8::text[]) AS asked (user_id, idempotency_key)
                WHERE receipt.event_id = $1 AND receipt.user_id = asked.user_id AND receipt.idempotency_key = asked.idempotency_key)))
        ) AS entry) END AS entries,
    CASE WHEN cardinality($13::bigint[]) > 0 THEN
        (SELECT json_agg(json_build_array(errand_id, kind, about, after_booking, done_at))
        FROM errand WHERE errand.event_id = $1 AND errand_id = ANY ($13::bigint[])) END AS errands
FROM inventory JOIN event ON event.event_id = inventory.event_id
WHERE inventory.event_id = $1 AND event.event_id = $1

-- name: load_places
-- What a batch needs that only takes places, blocks them or puts them on sale: by far the most frequent one. A third less work than `load`,
-- most of which would find nothing. It tells where there is more to know: a hold that has ended, a key that was used, somebody who waits;
-- then nothing is decided on it, and all is loaded. $1 event, $2 seats, $3 a version since which every change of a seat is wanted, or null,
-- $4 users, $5 and $6 users with their keys.
SELECT
    inventory.version,
    inventory.plan_version,
    inventory.waiting,
    statement_timestamp() AS now,
    event.status,
    event.on_sale_at,
    event.off_sale_at,
    event.starts_at,
    event.ticket_limit,
    event.currency,
    event.refund_steps::text AS refund_steps,
    event.avoids_orphans,
    (SELECT json_agg(json_build_array(tier_no, name, kind, price_minor, available, held, booked, blocked))
        FROM tier WHERE tier.event_id = $1) AS tiers,
    (SELECT json_agg(json_build_array(seat_no, status, booking_id))
        FROM claim WHERE claim.event_id = $1 AND seat_no = ANY ($2::int[]) AND status <> 0) AS claims,
    CASE WHEN $3::bigint IS NOT NULL THEN
        (SELECT json_agg(json_build_array(seat_no, status)) FROM claim WHERE claim.event_id = $1 AND claim.version > $3) END AS moved,
    CASE WHEN event.ticket_limit IS NOT NULL THEN
        (SELECT json_agg(json_build_array(user_id, places)) FROM (
            SELECT user_id, sum(quantity) AS places FROM booking
            WHERE booking.event_id = $1 AND booking.status IN (0, 1) AND user_id = ANY ($4::bigint[]) GROUP BY user_id) AS counted)
        END AS taken_by,
    EXISTS (SELECT FROM booking
        WHERE booking.event_id = $1 AND booking.status = 0 AND booking.expires_at <= statement_timestamp()) AS is_due,
    CASE WHEN cardinality($5::bigint[]) > 0 THEN
        EXISTS (SELECT FROM booking, unnest($5::bigint[], $6::text[]) AS asked (user_id, idempotency_key)
            WHERE booking.event_id = $1 AND booking.user_id = asked.user_id AND booking.idempotency_key = asked.idempotency_key)
        OR EXISTS (SELECT FROM receipt, unnest($5::bigint[], $6::text[]) AS asked (user_id, idempotency_key)
            WHERE receipt.event_id = $1 AND receipt.user_id = asked.user_id AND receipt.idempotency_key = asked.idempotency_key)
        ELSE false END AS is_keyed
FROM inventory JOIN event ON event.event_id = inventory.event_id
WHERE inventory.event_id = $1 AND event.event_id = $1

-- name: take_turn
-- Takes the event's row until the transaction ends, after a batch has lost it to other processes a few times.
SELECT version FROM inventory WHERE event_id = $1 FOR UPDATE

-- name: write_holds
-- Commits a batch that only took places, or nothing where another process has moved the version since we loaded: every part hangs on `turn`.
-- $1 event, $2 version, $3 to $5 claims, $6 to $10 tiers, $11 to $18 bookings, $19 now, $20 currency, $21 cancellation policy.
WITH turn AS (
    UPDATE inventory SET version = $2 + 1 WHERE event_id = $1 AND version = $2 RETURNING event_id, version
), claims AS (
    INSERT INTO claim (event_id, seat_no, status, booking_id, version)
    SELECT turn.event_id, new.seat_no, new.status, new.booking_id, turn.version
    FROM turn, unnest($3::int[], $4::smallint[], $5::bigint[]) AS new (seat_no, status, booking_id)
    WHERE turn.event_id = $1
    ON CONFLICT (event_id, seat_no) DO UPDATE
    SET status = excluded.status, booking_id = excluded.booking_id, version = excluded.version
), tiers AS (
    UPDATE tier SET available = new.available, held = new.held, booked = new.booked, blocked = new.blocked
    FROM turn, unnest($6::smallint[], $7::int[], $8::int[], $9::int[], $10::int[]) AS new (tier_no, available, held, booked, blocked)
    WHERE tier.event_id = $1 AND turn.event_id = $1 AND tier.tier_no = new.tier_no
), bookings AS (
    INSERT INTO booking (event_id, booking_id, user_id, status, quantity, lines, total_minor, currency, created_at, expires_at, extended,
        idempotency_key, fingerprint, refund_steps)
    SELECT turn.event_id, new.booking_id, new.user_id, 0, new.quantity, new.lines::jsonb, new.total_minor, $20, $19, new.expires_at, false,
        new.idempotency_key, new.fingerprint, $21::jsonb
    FROM turn, unnest($11::bigint[], $12::bigint[], $13::smallint[], $14::text[], $15::bigint[], $16::timestamptz[], $17::text[],
        $18::bigint[]) AS new (booking_id, user_id, quantity, lines, total_minor, expires_at, idempotency_key, fingerprint)
    WHERE turn.event_id = $1
)
SELECT version FROM turn

-- name: hold_places
-- Takes seats in one round trip, decided on what this process knew of the event: or nothing, where any of that is not so. What would change
-- it moves the version first. To look at seats and tiers beforehand costs more than to find, with them in hand, that one is not as it was
-- known: then the statement fails as a whole, by a division by zero; and where a booking has the key already, by its being unique. $1 event, $2 version, $3 plan version, $4 seats and $5 whose they
-- become, $6 tiers with $7 the price, $8 and $9 how many were available and held, $10 how many are taken; $11 to $17 bookings, $18 whether
-- any has a key, $19 how long they hold, $20 currency, $21 the event's own cancellation policy, $22 the one that holds.
WITH turn AS (
    UPDATE inventory SET version = $2 + 1
    FROM event
    WHERE inventory.event_id = $1 AND event.event_id = $1
        AND inventory.version = $2 AND inventory.plan_version = $3 AND inventory.waiting = 0
        AND event.status = 1 AND event.on_sale_at <= statement_timestamp() AND event.off_sale_at > statement_timestamp()
        AND event.currency = $20 AND event.refund_steps IS NOT DISTINCT FROM $21::jsonb AND NOT event.avoids_orphans
        AND NOT EXISTS (SELECT FROM booking
            WHERE booking.event_id = $1 AND booking.status = 0 AND booking.expires_at <= statement_timestamp())
        AND CASE WHEN $18::boolean THEN
            NOT EXISTS (SELECT FROM receipt, unnest($12::bigint[], $16::text[]) AS asked (user_id, idempotency_key)
                WHERE receipt.event_id = $1 AND receipt.user_id = asked.user_id AND receipt.idempotency_key = asked.idempotency_key)
            ELSE true END
        AND CASE WHEN event.ticket_limit IS NOT NULL THEN
            (SELECT coalesce(max(places), 0) FROM (
                SELECT sum(quantity) AS places FROM (
                    SELECT user_id, quantity FROM unnest($12::bigint[], $13::smallint[]) AS asked (user_id, quantity)
                    UNION ALL
                    SELECT booking.user_id, booking.quantity FROM booking
                    WHERE booking.event_id = $1 AND booking.status IN (0, 1) AND booking.user_id = ANY ($12::bigint[])) AS had
                GROUP BY user_id) AS counted) <= event.ticket_limit
            ELSE true END
    RETURNING inventory.event_id, inventory.version
), claims AS (
    INSERT INTO claim (event_id, seat_no, status, booking_id, version)
    SELECT turn.event_id, new.seat_no, 1, new.booking_id, turn.version
    FROM turn, unnest($4::int[], $5::bigint[]) AS new (seat_no, booking_id)
    WHERE turn.event_id = $1
    ON CONFLICT (event_id, seat_no) DO UPDATE
    SET status = excluded.status, booking_id = excluded.booking_id, version = excluded.version
    WHERE claim.status = 0
    RETURNING claim.seat_no
), tiers AS (
    UPDATE tier SET available = tier.available - new.taken, held = tier.held + new.taken
    FROM turn, unnest($6::smallint[], $7::bigint[], $8::int[], $9::int[], $10::int[]) AS new (tier_no, price, available, held, taken)
    WHERE tier.event_id = $1 AND turn.event_id = $1 AND tier.tier_no = new.tier_no
        AND tier.price_minor = new.price AND tier.available = new.available AND tier.held = new.held
    RETURNING tier.tier_no
), bookings AS (
    INSERT INTO booking (event_id, booking_id, user_id, status, quantity, lines, total_minor, currency, created_at, expires_at, extended,
        idempotency_key, fingerprint, refund_steps)
    SELECT turn.event_id, new.booking_id, new.user_id, 0, new.quantity, new.lines::jsonb, new.total_minor, $20, statement_timestamp(),
        statement_timestamp() + $19::interval, false, new.idempotency_key, new.fingerprint, $22::jsonb
    FROM turn, unnest($11::bigint[], $12::bigint[], $13::smallint[], $14::text[], $15::bigint[], $16::text[], $17::bigint[])
        AS new (booking_id, user_id, quantity, lines, total_minor, idempotency_key, fingerprint)
    WHERE turn.event_id = $1
)
SELECT
    version / ((SELECT count(*) FROM claims) = cardinality($4) AND (SELECT count(*) FROM tiers) = cardinality($6))::int AS version,
    statement_timestamp() AS now
FROM turn

-- name: write_batch
-- Commits any batch, or nothing where another process has moved the version since we loaded: every part hangs on `turn`.
-- $1 event, $2 version, $3 to $5 claims, $6 to $10 tiers, $11 now, $12 currency; then lists of rows as JSON: $13 new bookings, $14 changed
-- bookings, $15 payments, $16 refunds, $17 receipts, $18 tickets, $19 entries of the waitlist, $20 how many of them are active,
-- $21 notifications, $22 the audit trail, $23 errands.
WITH turn AS (
    UPDATE inventory SET version = $2 + 1, waiting = $20::int WHERE event_id = $1 AND version = $2 RETURNING event_id, version
), claims AS (
    INSERT INTO claim (event_id, seat_no, status, booking_id, version)
    SELECT turn.event_id, new.seat_no, new.status, new.booking_id, turn.version
    FROM turn, unnest($3::int[], $4::smallint[], $5::bigint[]) AS new (seat_no, status, booking_id)
    WHERE turn.event_id = $1
    ON CONFLICT (event_id, seat_no) DO UPDATE
    SET status = excluded.status, booking_id = excluded.booking_id, version = excluded.version
), tiers AS (
    UPDATE tier SET available = new.available, held = new.held, booked = new.booked, blocked = new.blocked
    FROM turn, unnest($6::smallint[], $7::int[], $8::int[], $9::int[], $10::int[]) AS new (tier_no, available, held, booked, blocked)
    WHERE tier.event_id = $1 AND turn.event_id = $1 AND tier.tier_no = new.tier_no
), new_bookings AS (
    INSERT INTO booking (event_id, booking_id, user_id, status, quantity, lines, total_minor, currency, created_at, expires_at, extended,
        confirmed_at, cancelled_at, idempotency_key, fingerprint, refund_steps)
    SELECT turn.event_id, new.booking_id, new.user_id, new.status, new.quantity, new.lines, new.total_minor, $12, $11, new.expires_at,
        new.extended, new.confirmed_at, new.cancelled_at, new.idempotency_key, new.fingerprint, new.refund_steps
    FROM turn, json_to_recordset($13::json) AS new (booking_id bigint, user_id bigint, status smallint, quantity smallint, lines jsonb,
        total_minor bigint, expires_at timestamptz, extended boolean, confirmed_at timestamptz, cancelled_at timestamptz,
        idempotency_key text, fingerprint bigint, refund_steps jsonb)
    WHERE turn.event_id = $1
), bookings AS (
    UPDATE booking SET status = new.status, quantity = new.quantity, lines = new.lines, total_minor = new.total_minor,
        expires_at = new.expires_at, extended = new.extended, confirmed_at = new.confirmed_at, cancelled_at = new.cancelled_at
    FROM turn, json_to_recordset($14::json) AS new (booking_id bigint, status smallint, quantity smallint, lines jsonb, total_minor bigint,
        expires_at timestamptz, extended boolean, confirmed_at timestamptz, cancelled_at timestamptz)
    WHERE booking.event_id = $1 AND turn.event_id = $1 AND booking.booking_id = new.booking_id
), payments AS (
    INSERT INTO payment (event_id, payment_id, booking_id, user_id, amount_minor, currency, gateway, method, status, fails_booking,
        created_at, processed_at, provider_reference, failure)
    SELECT turn.event_id, new.payment_id, new.booking_id, new.user_id, new.amount_minor, $12, new.gateway, new.method, new.status,
        new.fails_booking, new.created_at, new.processed_at, new.provider_reference, new.failure
    FROM turn, json_to_recordset($15::json) AS new (payment_id bigint, booking_id bigint, user_id bigint, amount_minor bigint,
        gateway text, method text, status smallint, fails_booking boolean, created_at timestamptz, processed_at timestamptz,
        provider_reference text, failure text)
    WHERE turn.event_id = $1
    ON CONFLICT (event_id, payment_id) DO UPDATE
    SET status = excluded.status, processed_at = excluded.processed_at, provider_reference = excluded.provider_reference,
        failure = excluded.failure
), refunds AS (
    INSERT INTO refund (event_id, refund_id, payment_id, booking_id, amount_minor, currency, status, created_at, processed_at,
        provider_reference, failure)
    SELECT turn.event_id, new.refund_id, new.payment_id, new.booking_id, new.amount_minor, $12, new.status, new.created_at,
        new.processed_at, new.provider_reference, new.failure
    FROM turn, json_to_recordset($16::json) AS new (refund_id bigint, payment_id bigint, booking_id bigint, amount_minor bigint,
        status smallint, created_at timestamptz, processed_at timestamptz, provider_reference text, failure text)
    WHERE turn.event_id = $1
    ON CONFLICT (event_id, refund_id) DO UPDATE
    SET status = excluded.status, processed_at = excluded.processed_at, provider_reference = excluded.provider_reference,
        failure = excluded.failure
), receipts AS (
    INSERT INTO receipt (event_id, user_id, idempotency_key, fingerprint, booking_id, made, created_at)
    SELECT turn.event_id, new.user_id, new.idempotency_key, new.fingerprint, new.booking_id, new.made, $11
    FROM turn, json_to_recordset($17::json) AS new (user_id bigint, idempotency_key text, fingerprint bigint, booking_id bigint,
        made bigint)
    WHERE turn.event_id = $1
), tickets AS (
    INSERT INTO ticket (event_id, booking_id, ticket_no, tier_no, seat_no, price_minor, status, holder_id, issue, checked_in_at)
    SELECT turn.event_id, new.booking_id, new.ticket_no, new.tier_no, new.seat_no, new.price_minor, new.status, new.holder_id, new.issue,
        new.checked_in_at
    FROM turn, json_to_recordset($18::json) AS new (booking_id bigint, ticket_no smallint, tier_no smallint, seat_no int,
        price_minor bigint, status smallint, holder_id bigint, issue smallint, checked_in_at timestamptz)
    WHERE turn.event_id = $1
    ON CONFLICT (event_id, booking_id, ticket_no) DO UPDATE
    SET status = excluded.status, holder_id = excluded.holder_id, issue = excluded.issue, checked_in_at = excluded.checked_in_at
), entries AS (
    INSERT INTO waitlist_entry (event_id, entry_id, user_id, tier_no, quantity, together, notify_email, notify_sms, status, joined_at,
        offered_at, offer_expires_at, ended_at, skips, skip_reason)
    SELECT turn.event_id, new.entry_id, new.user_id, new.tier_no, new.quantity, new.together, new.notify_email, new.notify_sms, new.status,
        new.joined_at, new.offered_at, new.offer_expires_at, new.ended_at, new.skips, new.skip_reason
    FROM turn, json_to_recordset($19::json) AS new (entry_id bigint, user_id bigint, tier_no smallint, quantity smallint, together boolean,
        notify_email boolean, notify_sms boolean, status smallint, joined_at timestamptz, offered_at timestamptz,
        offer_expires_at timestamptz, ended_at timestamptz, skips int, skip_reason smallint)
    WHERE turn.event_id = $1
    ON CONFLICT (event_id, entry_id) DO UPDATE
    SET status = excluded.status, offered_at = excluded.offered_at, offer_expires_at = excluded.offer_expires_at,
        ended_at = excluded.ended_at, skips = excluded.skips, skip_reason = excluded.skip_reason
), notifications AS (
    INSERT INTO notification (event_id, notification_id, user_id, kind, booking_id, about, created_at, status, channels, attempts, due_at)
    SELECT turn.event_id, new.notification_id, new.user_id, new.kind, new.booking_id, new.about, $11, new.status, 0, 0, $11
    FROM turn, json_to_recordset($21::json) AS new (notification_id bigint, user_id bigint, kind smallint, booking_id bigint, about jsonb,
        status smallint)
    WHERE turn.event_id = $1
), trail AS (
    INSERT INTO audit (event_id, audit_id, at, user_id, action, subject, facts)
    SELECT turn.event_id, new.audit_id, $11, new.user_id, new.action, new.subject, new.facts
    FROM turn, json_to_recordset($22::json) AS new (audit_id bigint, user_id bigint, action text, subject text, facts jsonb)
    WHERE turn.event_id = $1
), errands AS (
    UPDATE errand SET after_booking = new.after_booking, done_at = new.done_at
    FROM turn, json_to_recordset($23::json) AS new (errand_id bigint, after_booking bigint, done_at timestamptz)
    WHERE errand.event_id = $1 AND turn.event_id = $1 AND errand.errand_id = new.errand_id
)
SELECT version FROM turn

-- name: seating
-- Which tier each run of an event's seats is in, and where the layout is.
SELECT inventory.plan_version, inventory.tier_starts, inventory.tier_nos, event.layout_id
FROM inventory JOIN event ON event.event_id = inventory.event_id
WHERE inventory.event_id = $1 AND event.event_id = $1

-- name: due
-- Events with a hold that has ended, for the sweeper. A scatter over all events; each is then given back by a command of its own.
SELECT DISTINCT event_id FROM booking WHERE status = 0 AND expires_at <= now() LIMIT $1
