-- Users and their refresh tokens. Whatever changes a user's password or tokens locks the user's row first, so that no session slips
-- past a log-out, a reuse or a change of password that commits at the same moment.

-- name: add_account
-- A unique violation, by the constraint's name, says which of the two somebody else has.
INSERT INTO account (user_id, email, email_key, username, username_key, name, phone, role, password_hash, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10);

-- name: ensure_account
-- For demo data and the first admin: whoever has registered already keeps all but the role.
INSERT INTO account (user_id, email, email_key, username, username_key, name, role, password_hash, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (email_key) DO UPDATE SET role = EXCLUDED.role
RETURNING user_id, email, username, name, phone, role, created_at;

-- name: account_by_id
-- With the organizations, as an access token tells them: sorted, so that the same membership makes the same token. $2 how many at most.
SELECT user_id, email, username, name, phone, role, created_at, password_hash,
    ARRAY (SELECT organization_id FROM membership WHERE membership.user_id = account.user_id ORDER BY organization_id LIMIT $2)
        AS organizations
FROM account
WHERE user_id = $1;

-- name: accounts_by_id
-- Many users as others know them, for a page that shows them.
SELECT user_id, email, username, name, phone, role, created_at FROM account WHERE user_id = ANY ($1::bigint[]);

-- name: account_by_email
-- As by id, for who logs in.
SELECT user_id, email, username, name, phone, role, created_at, password_hash,
    ARRAY (SELECT organization_id FROM membership WHERE membership.user_id = account.user_id ORDER BY organization_id LIMIT $2)
        AS organizations
FROM account
WHERE email_key = $1;

-- name: account_by_username
-- As by id, for who logs in.
SELECT user_id, email, username, name, phone, role, created_at, password_hash,
    ARRAY (SELECT organization_id FROM membership WHERE membership.user_id = account.user_id ORDER BY organization_id LIMIT $2)
        AS organizations
FROM account
WHERE username_key = $1;

-- name: lock_account
-- A statement of its own: the next one sees what the last holder of the lock committed. Not FOR UPDATE, which would stop readers of keys.
SELECT user_id FROM account WHERE user_id = $1 FOR NO KEY UPDATE;

-- name: replace_password
-- Compare and set: two who replace one hash at the same moment do not both succeed.
UPDATE account SET password_hash = $3 WHERE user_id = $1 AND password_hash = $2 RETURNING user_id;

-- name: set_password
-- For an admin who is appointed, whatever the password was.
UPDATE account SET password_hash = $2 WHERE user_id = $1;

-- name: set_role
-- Under the locks of who gets it and of who gives it.
UPDATE account SET role = $2 WHERE user_id = $1;

-- name: members
-- Everybody in some organizations.
SELECT organization_id, user_id, email, username, name, phone, role, account.created_at
FROM membership JOIN account USING (user_id)
WHERE organization_id = ANY ($1::bigint[])
ORDER BY lower(name), user_id;

-- name: memberships
-- Every organization of some users, in the order in which an access token has them.
SELECT user_id, organization_id FROM membership WHERE user_id = ANY ($1::bigint[]) ORDER BY organization_id;

-- name: change_profile
-- A flag beside each value, as null is a value: $2 whether to set the name $3, $4 whether to set the phone $5.
UPDATE account
SET name = CASE WHEN $2::boolean THEN $3::text ELSE name END, phone = CASE WHEN $4::boolean THEN $5::text ELSE phone END
WHERE user_id = $1
RETURNING user_id, email, username, name, phone, role, created_at;

-- name: add_refresh_token
-- Only its hash: who reads this table cannot log in with it.
INSERT INTO refresh_token (token_hash, family_id, user_id, issued_at, expires_at) VALUES ($1, $2, $3, $4, $5);

-- name: refresh_token
-- Read once to learn whose it is, and again under that user's lock to decide.
SELECT family_id, user_id, expires_at, used_at, revoked_at FROM refresh_token WHERE token_hash = $1;

-- name: use_refresh_token
-- Used up, not deleted: a second use must be recognised.
UPDATE refresh_token SET used_at = $2 WHERE token_hash = $1;

-- name: revoke_family
-- All that one log-in became; tells how long what it revoked would have lived.
UPDATE refresh_token SET revoked_at = $2 WHERE family_id = $1 AND revoked_at IS NULL RETURNING expires_at;

-- name: revoke_families
-- A new password ends every session that was begun with the old one; tells which.
UPDATE refresh_token SET revoked_at = $2 WHERE user_id = $1 AND revoked_at IS NULL RETURNING family_id;

-- name: families_revoked_since
-- Asked by every process each second: the partial index has only what was revoked.
SELECT DISTINCT family_id FROM refresh_token WHERE revoked_at >= $1;

-- name: forget_refresh_tokens
-- What has expired buys nothing, used or not, so each new token sweeps its user's old ones away and the table needs no sweeper.
DELETE FROM refresh_token WHERE user_id = $1 AND expires_at <= $2;
