import json
import logging
from collections.abc import Iterator

import pytest

from runtime.logs import request_id, start_logging


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    root.handlers = handlers
    root.setLevel(level)


def test_json_lines_carry_the_request_and_the_facts(capsys: pytest.CaptureFixture[str]) -> None:
    start_logging("INFO", "json")
    current = request_id.set("req-1")

    logging.getLogger("box").warning("a batch of %d was lost", 3, extra={"event": "evt_1"})
    request_id.reset(current)

    line = json.loads(capsys.readouterr().err)
    assert line.pop("time").endswith("+00:00")
    assert line == {"level": "WARNING", "logger": "box", "message": "a batch of 3 was lost", "event": "evt_1", "request_id": "req-1"}


def test_a_line_for_people_ends_with_the_facts(capsys: pytest.CaptureFixture[str]) -> None:
    start_logging("INFO", "text")

    logging.getLogger("box").info("open", extra={"event": "evt_1"})

    assert capsys.readouterr().err.partition(" ")[2] == "INFO    box: open  event=evt_1\n"


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_failure_is_told_with_its_traceback(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    start_logging("INFO", "json" if form == "json" else "text")

    try:
        raise ValueError("odd")
    except ValueError:
        logging.getLogger("box").exception("failed")

    said = capsys.readouterr().err
    assert "ValueError: odd" in said
    assert len(said.splitlines()) == 1 or form == "text"


def test_the_level_holds_and_uvicorn_writes_the_same_lines(capsys: pytest.CaptureFixture[str]) -> None:
    start_logging("WARNING", "text")

    logging.getLogger("uvicorn.error").info("not told")
    logging.getLogger("uvicorn.error").warning("told", extra={"color_message": "\x1b[1mtold"})

    assert capsys.readouterr().err.partition(" ")[2] == "WARNING uvicorn.error: told\n"
