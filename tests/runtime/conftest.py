"""Folders to start servers from."""

import shutil
from pathlib import Path

import pytest

from runtime.postgres import EmbeddedPostgres


@pytest.fixture(scope="session")
def made_state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A STATE_DIR that was started and stopped once: to copy, which takes a tenth of the time."""
    state = tmp_path_factory.mktemp("made state")
    server = EmbeddedPostgres(state)
    server.start()
    server.stop()
    return state


@pytest.fixture
def state(made_state: Path, tmp_path: Path) -> Path:
    """A STATE_DIR with an empty database, for one test."""
    return shutil.copytree(made_state, tmp_path / "state")


@pytest.fixture
def another_state(made_state: Path, tmp_path: Path) -> Path:
    return shutil.copytree(made_state, tmp_path / "another state")
