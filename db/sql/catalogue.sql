-- The catalogue: events, venues, categories and organizations, which every node has whole; and the tiers and inventories of new events.

-- name: events
-- All events. `db/catalogue.py` narrows, orders and cuts it to a page with fragments of its own; it tells the clock that phases are of.
SELECT event.event_id, event.name, event.description, event.category_id, event.organization_id, event.venue_id, event.layout_id,
    event.status, event.starts_at, event.ends_at, event.on_sale_at, event.off_sale_at, event.timezone, event.ticket_limit,
    event.currency, event.min_price_minor, event.max_price_minor, event.capacity, event.created_at,
    event.refund_steps::text AS refund_steps, event.avoids_orphans, event.cancelled_at, event.cancel_reason, lower(event.name) AS name_key,
    now() AS now
FROM event

-- name: count_events
-- How many; narrowed as `events` is.
SELECT count(*) FROM event

-- name: events_many
-- Events by id.
SELECT event_id, name, description, category_id, organization_id, venue_id, layout_id, status, starts_at, ends_at, on_sale_at, off_sale_at,
    timezone, ticket_limit, currency, min_price_minor, max_price_minor, capacity, created_at, refund_steps::text AS refund_steps,
    avoids_orphans, cancelled_at, cancel_reason, now() AS now
FROM event WHERE event_id = ANY ($1::bigint[])

-- name: tiers_many
-- The tiers of some events, with their counts.
SELECT event_id, tier_no, name, kind, price_minor, available, held, booked, blocked
FROM tier WHERE event_id = ANY ($1::bigint[]) ORDER BY event_id, tier_no

-- name: venues
-- A page of venues by name, after a place in that order. $1 city, $2 country, $3 and $4 the last one's name and id, each or null; $5 how many.
SELECT venue_id, name, address, city, state, country, postal_code, timezone, capacity, layout_id, created_at, lower(name) AS name_key
FROM venue
WHERE ($1::text IS NULL OR lower(city) = lower($1)) AND ($2::text IS NULL OR country = $2)
    AND ($3::text IS NULL OR (lower(name), venue_id) > ($3, $4::bigint))
ORDER BY lower(name), venue_id LIMIT $5

-- name: count_venues
-- How many venues; narrowed as `venues` is.
SELECT count(*) FROM venue WHERE ($1::text IS NULL OR lower(city) = lower($1)) AND ($2::text IS NULL OR country = $2)

-- name: venues_many
-- Venues by id.
SELECT venue_id, name, address, city, state, country, postal_code, timezone, capacity, layout_id, created_at
FROM venue WHERE venue_id = ANY ($1::bigint[])

-- name: categories
-- All categories: there are few.
SELECT category_id, slug, name FROM category ORDER BY lower(name), category_id

-- name: categories_many
-- Categories by id.
SELECT category_id, slug, name FROM category WHERE category_id = ANY ($1::bigint[])

-- name: cancellations_many
-- How far the cancelling of some events has come.
SELECT errand.event_id, errand.done_at,
    (SELECT count(*) FROM booking WHERE booking.event_id = ANY ($1::bigint[]) AND booking.event_id = errand.event_id
        AND booking.status IN (0, 1)) AS bookings_left,
    (SELECT count(*) FROM refund WHERE refund.event_id = ANY ($1::bigint[]) AND refund.event_id = errand.event_id
        AND refund.status = 0) AS refunds_left
FROM errand WHERE errand.event_id = ANY ($1::bigint[]) AND errand.kind = 0

-- name: organizations_many
-- Organizations by id.
SELECT organization_id, name, created_at FROM organization WHERE organization_id = ANY ($1::bigint[])

-- name: layout
-- A layout's plan.
SELECT plan::text FROM layout WHERE layout_id = $1

-- name: add_venue
-- A new venue. Its layout's row follows, as that refers to this one.
INSERT INTO venue (venue_id, name, address, city, state, country, postal_code, timezone, capacity, layout_id, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, now()) RETURNING created_at

-- name: lock_venue
-- A venue as it is now and stays until the transaction ends.
SELECT venue_id, name, address, city, state, country, postal_code, timezone, capacity, layout_id, created_at
FROM venue WHERE venue_id = $1 FOR UPDATE

-- name: count_seats
-- How many seats a layout has. Not asked together with the lock: a statement that waits for it does not see a layout added meanwhile.
SELECT seat_count FROM layout WHERE layout_id = $1

-- name: change_venue
-- A venue's facts anew.
UPDATE venue SET name = $2, address = $3, city = $4, state = $5, country = $6, postal_code = $7, timezone = $8, capacity = $9, layout_id = $10
WHERE venue_id = $1

-- name: add_layout
-- A new layout; never changed.
INSERT INTO layout (layout_id, venue_id, seat_count, plan, created_at) VALUES ($1, $2, $3, $4::jsonb, now())

-- name: add_category
-- A new category.
INSERT INTO category (category_id, slug, name) VALUES ($1, $2, $3)

-- name: lock_category
-- A category as it is and stays until the transaction ends: no event can come to refer to it meanwhile.
SELECT category_id, slug, name FROM category WHERE category_id = $1 FOR UPDATE

-- name: change_category
-- A category's facts anew.
UPDATE category SET slug = $2, name = $3 WHERE category_id = $1

-- name: count_events_of_category
-- How many events are of a category.
SELECT count(*) FROM event WHERE category_id = $1

-- name: forget_category
-- A category that no event is of.
DELETE FROM category WHERE category_id = $1

-- name: add_organization
-- A new organization.
INSERT INTO organization (organization_id, name, created_at) VALUES ($1, $2, now()) RETURNING created_at

-- name: add_membership
-- That a user is a member; nothing where they are one already.
INSERT INTO membership (organization_id, user_id) VALUES ($1, $2) ON CONFLICT (organization_id, user_id) DO NOTHING

-- name: remove_membership
-- That a user is a member no longer; nothing where they are none.
DELETE FROM membership WHERE organization_id = $1 AND user_id = $2

-- name: lock_member
-- Whether there is such a user, who stays as they are until the transaction ends: two memberships at once are counted one after the other.
SELECT true FROM account WHERE user_id = $1 FOR NO KEY UPDATE

-- name: count_other_memberships
-- How many other organizations a user is a member of. A statement behind the lock, so that it sees what the lock's last holder did.
SELECT count(*) FROM membership WHERE user_id = $2 AND organization_id <> $1

-- name: make_organizer
-- A member may do no less than an organizer.
UPDATE account SET role = 1 WHERE user_id = $1 AND role = 0

-- name: make_user
-- An organizer is a member of something; an admin stays one.
UPDATE account SET role = 0 WHERE user_id = $1 AND role = 1 AND NOT EXISTS (SELECT FROM membership WHERE membership.user_id = $1)

-- name: event_facts
-- What a new event refers to, and the clock: $1 category, $2 organization, each or null. The category stays until the transaction ends.
SELECT now() AS now, $1::bigint IS NULL OR EXISTS (SELECT FROM category WHERE category_id = $1 FOR KEY SHARE) AS has_category,
    $2::bigint IS NULL OR EXISTS (SELECT FROM organization WHERE organization_id = $2) AS has_organization

-- name: add_event
-- A new draft. This first, as every node has a copy of it; then its inventory and its tiers, which live together on one.
INSERT INTO event (event_id, name, description, category_id, organization_id, venue_id, layout_id, status, starts_at, ends_at, on_sale_at,
    off_sale_at, timezone, ticket_limit, currency, min_price_minor, max_price_minor, capacity, created_at, refund_steps, avoids_orphans)
VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19::jsonb, $20)

-- name: add_inventory
-- The head of a new event's inventory.
INSERT INTO inventory (event_id, version, plan_version, tier_starts, tier_nos) VALUES ($1, 0, 1, $2::int[], $3::smallint[])

-- name: add_tiers
-- A new event's tiers, with all their places available.
INSERT INTO tier (event_id, tier_no, name, kind, price_minor, capacity, available, held, booked, blocked)
VALUES ($1, unnest($2::smallint[]), unnest($3::text[]), unnest($4::smallint[]), unnest($5::bigint[]), unnest($6::int[]), unnest($6::int[]),
    0, 0, 0)

-- name: lock_event
-- An event as it is now and stays until the transaction ends.
SELECT event_id, name, description, category_id, organization_id, venue_id, layout_id, status, starts_at, ends_at, on_sale_at, off_sale_at,
    timezone, ticket_limit, currency, min_price_minor, max_price_minor, capacity, created_at, refund_steps::text AS refund_steps,
    avoids_orphans, cancelled_at, cancel_reason, now() AS now
FROM event WHERE event_id = $1 FOR UPDATE

-- name: change_event
-- An event's facts anew.
UPDATE event SET name = $2, description = $3, category_id = $4, status = $5, starts_at = $6, ends_at = $7, on_sale_at = $8, off_sale_at = $9,
    timezone = $10, ticket_limit = $11, refund_steps = $12::jsonb, avoids_orphans = $13, cancelled_at = $14, cancel_reason = $15
WHERE event_id = $1

-- name: raise_version
-- The version that tells the box office and everybody who watches that what the catalogue says has changed.
UPDATE inventory SET version = version + 1 WHERE event_id = $1 RETURNING version

-- name: lock_tiers
-- Keeps the box office from moving any place of an event until the transaction ends. A statement before the tiers are read, so that what
-- the lock's last holder did is seen.
SELECT version FROM inventory WHERE event_id = $1 FOR UPDATE

-- name: change_tier
-- A tier's facts anew, under the lock of `lock_tiers`.
UPDATE tier SET name = $3, price_minor = $4, capacity = $5, available = $6 WHERE event_id = $1 AND tier_no = $2

-- name: change_totals
-- What the catalogue says of an event's tiers together.
UPDATE event SET min_price_minor = $2, max_price_minor = $3, capacity = $4 WHERE event_id = $1

-- name: is_booked
-- Whether an event ever sold, or held, a place. Asked of drafts alone, which sell nothing meanwhile.
SELECT EXISTS (SELECT FROM booking WHERE event_id = $1)

-- name: forget_event
-- An event that never sold anything.
DELETE FROM event WHERE event_id = $1

-- name: forget_claims
-- Seats that were blocked.
DELETE FROM claim WHERE event_id = $1

-- name: forget_inventory
-- Its inventory, and its tiers with it.
DELETE FROM inventory WHERE event_id = $1 RETURNING version
