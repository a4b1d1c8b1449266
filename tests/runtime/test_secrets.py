import base64
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from runtime.failures import InvalidSettings
from runtime.secrets import jwt_secret, kept_secret, ticket_previous_keys, ticket_signing_key
from runtime.settings import read_settings

SEED = bytes(range(200, 232))


def test_a_given_secret_is_used_and_not_kept(tmp_path: Path) -> None:
    settings = read_settings(state_dir=tmp_path, jwt_secret="s" * 32)

    assert jwt_secret(settings) == b"s" * 32
    assert list(tmp_path.iterdir()) == []


def test_a_secret_is_made_once_and_only_we_can_read_it(tmp_path: Path) -> None:
    file = tmp_path / "state" / "jwt-secret"

    secret = kept_secret(file)

    assert len(secret) >= 32
    assert kept_secret(file) == secret
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(file.parent.iterdir()) == [file]


def test_all_who_come_first_get_the_same_secret(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as pool:
        secrets = set(pool.map(kept_secret, [tmp_path / "jwt-secret"] * 64))

    assert len(secrets) == 1


def pem_of(key: Ed25519PrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def written() -> dict[str, str]:
    """One private key in every way it may be written."""
    pem = pem_of(Ed25519PrivateKey.from_private_bytes(SEED))
    return {
        "PEM": pem,
        "PEM in one line": pem.replace("\n", "\\n"),
        "base64": base64.b64encode(SEED).decode(),
        "base64url": base64.urlsafe_b64encode(SEED).decode().rstrip("="),
    }


@pytest.mark.parametrize("text", written().values(), ids=list(written()))
def test_a_key_may_be_written_in_several_ways(tmp_path: Path, text: str) -> None:
    assert ticket_signing_key(read_settings(state_dir=tmp_path, ticket_signing_key=text)) == SEED
    assert list(tmp_path.iterdir()) == []


def test_a_key_that_nobody_gave_is_made_once_and_can_be_given_elsewhere(tmp_path: Path) -> None:
    made = ticket_signing_key(read_settings(state_dir=tmp_path))

    file = tmp_path / "ticket-key"
    assert len(made) == 32
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert ticket_signing_key(read_settings(state_dir=tmp_path)) == made
    assert ticket_signing_key(read_settings(state_dir=tmp_path / "other", ticket_signing_key=file.read_text())) == made


def test_public_keys_are_listed_with_commas(tmp_path: Path) -> None:
    one, other = (Ed25519PrivateKey.from_private_bytes(seed).public_key() for seed in (SEED, bytes(32)))
    pem = one.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    listed = f"{pem}, {base64.b64encode(other.public_bytes_raw()).decode()},"

    found = ticket_previous_keys(read_settings(state_dir=tmp_path, ticket_previous_keys=listed))

    assert found == [one.public_bytes_raw(), other.public_bytes_raw()]


@pytest.mark.parametrize(
    "text",
    [
        "short",
        "?" * 43,
        "-----BEGIN PRIVATE KEY-----",
        generate_private_key(SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(),
    ],
    ids=["short", "no base64", "half a PEM", "another kind"],
)
def test_what_is_no_key_is_told_without_repeating_it(tmp_path: Path, text: str) -> None:
    with pytest.raises(InvalidSettings, match=r"^TICKET_SIGNING_KEY should be an Ed25519 private key") as wrong:
        read_settings(state_dir=tmp_path, ticket_signing_key=text)
    assert text not in str(wrong.value)
    with pytest.raises(InvalidSettings, match=r"^TICKET_PREVIOUS_KEYS should be Ed25519 public keys") as wrong:
        read_settings(state_dir=tmp_path, ticket_previous_keys=text)
    assert text not in str(wrong.value)
