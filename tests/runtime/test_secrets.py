import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from runtime.secrets import jwt_secret, kept_secret
from runtime.settings import read_settings


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
