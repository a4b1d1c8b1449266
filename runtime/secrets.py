"""Secrets that nobody gave: made once, and kept where only we can read them."""

import os
import secrets
from pathlib import Path

from runtime.keys import KEY_BYTES, private_key, public_key
from runtime.settings import Settings


def jwt_secret(settings: Settings) -> bytes:
    """What signs access tokens. The same in every process and after every start from one STATE_DIR."""
    if settings.jwt_secret is not None:
        return settings.jwt_secret.get_secret_value().encode()
    return kept_secret(settings.state_dir / "jwt-secret")


def previous_jwt_secrets(settings: Settings) -> list[bytes]:
    """What signed access tokens before, or will: they are accepted, and none is signed with it.

    To replace JWT_SECRET without logging anybody out: restart every process with the new secret in JWT_PREVIOUS_SECRETS; then with the two
    exchanged; and, once ACCESS_TOKEN_SECONDS have passed, without the old one.
    """
    return [secret.get_secret_value().encode() for secret in settings.jwt_previous_secrets]


def ticket_signing_key(settings: Settings) -> bytes:
    """The 32 bytes of the private key that signs entry codes. The same in every process and after every start from one STATE_DIR."""
    if settings.ticket_signing_key is not None:
        return private_key(settings.ticket_signing_key.get_secret_value())
    return private_key(kept_secret(settings.state_dir / "ticket-key", KEY_BYTES).decode())


def ticket_previous_keys(settings: Settings) -> list[bytes]:
    """The 32 bytes of each public key whose entry codes are good besides: what signed before, or will.

    To replace TICKET_SIGNING_KEY without turning anybody away: restart every process with the new key's public half in
    TICKET_PREVIOUS_KEYS, and let doors fetch the keys; then with the new key, and the old one's public half there; which goes once the
    last event is over that has codes signed with it.
    """
    return [public_key(text) for text in settings.ticket_previous_keys]


def kept_secret(file: Path, size: int = 48) -> bytes:
    """The secret in `file`, made there of so many random bytes, in base64, with mode 0600 where there is none.

    Of several processes that come first, one wins.
    """
    if not file.exists():
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = file.with_name(f"{file.name}.{secrets.token_hex(8)}")
        opened = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(opened, "w") as whole:
            whole.write(secrets.token_urlsafe(size))
            whole.flush()
            os.fsync(whole.fileno())
        try:
            os.link(draft, file)  # unlike a rename, it never replaces what another process has put there
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return file.read_bytes()
