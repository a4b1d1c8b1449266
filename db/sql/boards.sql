-- What seat boards read.

-- name: snapshot
-- Every seat that is not available, and all counts, at one version.
SELECT inventory.version,
    (SELECT json_agg(json_build_array(tier_no, available, held, booked, blocked)) FROM tier WHERE tier.event_id = $1) AS tiers,
    (SELECT array_agg(seat_no ORDER BY seat_no) FROM claim WHERE claim.event_id = $1 AND status = 1) AS held,
    (SELECT array_agg(seat_no ORDER BY seat_no) FROM claim WHERE claim.event_id = $1 AND status = 2) AS booked,
    (SELECT array_agg(seat_no ORDER BY seat_no) FROM claim WHERE claim.event_id = $1 AND status = 3) AS blocked
FROM inventory WHERE inventory.event_id = $1

-- name: changes_since
-- Every seat that changed after a version, as it is now, and all counts, at one version.
SELECT inventory.version,
    (SELECT json_agg(json_build_array(tier_no, available, held, booked, blocked)) FROM tier WHERE tier.event_id = $1) AS tiers,
    (SELECT json_agg(json_build_array(seat_no, status)) FROM claim WHERE claim.event_id = $1 AND claim.version > $2) AS seats
FROM inventory WHERE inventory.event_id = $1

-- name: versions
-- The present versions of many events at once.
SELECT event_id, version FROM inventory WHERE event_id = ANY ($1::bigint[])
