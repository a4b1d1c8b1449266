-- Receipts that nobody will ask for any more.

-- name: old
-- Events with receipts of so many hours ago: a scatter over all events, by the index of their age.
SELECT DISTINCT event_id FROM receipt WHERE created_at < now() - make_interval(secs => $1::float8 * 3600) LIMIT $2

-- name: forget
-- Throws those of one event away; answers how many there were.
WITH forgotten AS (
    DELETE FROM receipt WHERE receipt.event_id = $1 AND created_at < now() - make_interval(secs => $2::float8 * 3600) RETURNING made
)
SELECT count(*) FROM forgotten
