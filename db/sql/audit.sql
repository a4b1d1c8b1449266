-- The audit trail: who changed what.

-- name: note
-- One entry, in the transaction that it tells of. What no event owns is kept under event 0.
INSERT INTO audit (event_id, audit_id, at, user_id, action, subject, facts) VALUES ($1, $2, now(), $3, $4, $5, $6::jsonb)

-- name: entries
-- All entries: a scatter, unless they are an event's. `db/audit.py` narrows it to that, and to a page, newest first.
SELECT event_id, audit_id, at, user_id, action, subject, facts::text AS facts FROM audit

-- name: count_entries
-- How many entries: a scatter, narrowed as `entries` is.
SELECT count(*) FROM audit
