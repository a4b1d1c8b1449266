"""What signs access tokens and entry codes."""

from datetime import timedelta

from runtime.secrets import jwt_secret, previous_jwt_secrets, ticket_previous_keys, ticket_signing_key
from runtime.settings import Settings
from web.entry_codes import EntryKeys
from web.tokens import AccessTokens, SigningKey


def tokens_of(settings: Settings) -> AccessTokens:
    """What signs and verifies access tokens. None outlives the refresh token it came with, whose row is what tells that it was revoked."""
    keys = [SigningKey.of(secret) for secret in (jwt_secret(settings), *previous_jwt_secrets(settings))]
    return AccessTokens(keys, timedelta(seconds=min(settings.access_token_seconds, settings.refresh_token_seconds)))


def entry_keys_of(settings: Settings) -> EntryKeys:
    """What signs and verifies entry codes."""
    return EntryKeys.of(ticket_signing_key(settings), ticket_previous_keys(settings))
