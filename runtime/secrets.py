"""Secrets that nobody gave: made once, and kept where only we can read them."""

import os
import secrets
from pathlib import Path

from runtime.settings import Settings


def jwt_secret(settings: Settings) -> bytes:
    """What signs access tokens. The same in every process and after every start from one STATE_DIR."""
    if settings.jwt_secret is not None:
        return settings.jwt_secret.get_secret_value().encode()
    return kept_secret(settings.state_dir / "jwt-secret")


def kept_secret(file: Path) -> bytes:
    """The secret in `file`, made there with mode 0600 where there is none. Of several processes that come first, one wins."""
    if not file.exists():
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = file.with_name(f"{file.name}.{secrets.token_hex(8)}")
        opened = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(opened, "w") as whole:
            whole.write(secrets.token_urlsafe(48))
            whole.flush()
            os.fsync(whole.fileno())
        try:
            os.link(draft, file)  # unlike a rename, it never replaces what another process has put there
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return file.read_bytes()
