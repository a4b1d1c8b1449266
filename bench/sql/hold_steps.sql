-- One booking of two seats, step by step in one transaction, as servers usually write it: read and lock, check, write, write, write.
\set n :n + 1
\set k :n * :clients + :client_id
\set event :first + :k % :events
\set turn :k / :events
\set seat (:turn % 2) * :half + (:turn / 2) * 2
\set tier 1 + :turn % 2
\set booking random(1, 9223372036854775806)
\set user random(1, 9223372036854775806)
BEGIN;
SELECT version + 1 AS version, event.status, on_sale_at, off_sale_at, ticket_limit FROM inventory JOIN event USING (event_id)
WHERE event_id = :event FOR UPDATE OF inventory \gset
SELECT price_minor, available FROM tier WHERE event_id = :event AND tier_no = :tier \gset
INSERT INTO claim (event_id, seat_no, status, booking_id, version)
VALUES (:event, :seat, 1, :booking, :version), (:event, :seat + 1, 1, :booking, :version)
ON CONFLICT (event_id, seat_no) DO UPDATE
SET status = excluded.status, booking_id = excluded.booking_id, version = excluded.version WHERE claim.status = 0;
INSERT INTO booking (event_id, booking_id, user_id, status, quantity, lines, total_minor, currency, created_at, expires_at, extended)
VALUES (:event, :booking, :user, 0, 2,
    jsonb_build_array(jsonb_build_array(:tier::int, 2, :price_minor::bigint, jsonb_build_array(:seat::int, :seat::int + 1))),
    2 * :price_minor, 'GBP', now(), now() + interval '300 s', false);
UPDATE tier SET available = available - 2, held = held + 2 WHERE event_id = :event AND tier_no = :tier;
UPDATE inventory SET version = :version WHERE event_id = :event;
COMMIT;
