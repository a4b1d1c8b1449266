-- Invented data: emptying the tables, and what COPY cannot say.

-- name: counted
-- How many rows of what the next statements remove. A scatter: it counts every event's.
SELECT (SELECT count(*) FROM account WHERE role <> $1) AS users, (SELECT count(*) FROM organization) AS organizations,
    (SELECT count(*) FROM venue) AS venues, (SELECT count(*) FROM category) AS categories, (SELECT count(*) FROM event) AS events,
    (SELECT count(*) FROM booking) AS bookings, (SELECT count(*) FROM ticket) AS tickets, (SELECT count(*) FROM payment) AS payments,
    (SELECT count(*) FROM refund) AS refunds, (SELECT count(*) FROM waitlist_entry) AS waitlist_entries,
    (SELECT count(*) FROM notification) AS notifications, (SELECT count(*) FROM audit) AS audit_entries

-- name: empty
-- Every table but those of accounts. A scatter: it empties every event's.
TRUNCATE membership, category, organization, venue, layout, event, inventory, tier, claim, booking, ticket, payment, refund, receipt,
    waitlist_entry, notification, audit, errand

-- name: forget_tokens
-- The refresh tokens of all but those with a role.
DELETE FROM refresh_token USING account WHERE refresh_token.user_id = account.user_id AND account.role <> $1

-- name: forget_accounts
-- All accounts but those with a role.
DELETE FROM account WHERE role <> $1

-- name: count_accounts
-- How many accounts there are.
SELECT count(*) FROM account

-- name: add_categories
-- New categories, each unless its slug is taken.
INSERT INTO category (category_id, slug, name) VALUES (unnest($1::bigint[]), unnest($2::text[]), unnest($3::text[]))
ON CONFLICT (slug) DO NOTHING

-- name: categories_by_slug
-- Who has some slugs.
SELECT slug, category_id FROM category WHERE slug = ANY ($1::text[])

-- name: analyze
-- What the planner knows of the tables. A scatter over every event's.
ANALYZE account, membership, category, organization, venue, layout, event, inventory, tier, claim, booking, ticket, payment, refund
