"""Logs to stderr: a line for people, or a JSON object for machines, each with the request it belongs to."""

import json
import logging
import sys
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, Final, Literal

request_id: Final[ContextVar[str | None]] = ContextVar("request_id", default=None)
"""Set at the edge for the request being answered; every line logged meanwhile carries it."""

also: Final[list[Callable[[], Mapping[str, str]]]] = []
"""What else each line tells, such as the trace it belongs to."""

_OF_EVERY_RECORD: Final = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName", "color_message"}


def start_logging(level: str, form: Literal["text", "json"]) -> None:
    """Call it in each process, and give uvicorn `log_config=None`, so that its lines look like ours."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if form == "json" else TextLines())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "uvicorn.asgi"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True


class TextLines(logging.Formatter):
    """`12:30:01.234 WARNING runtime.postgres: what happened  booking=bkg_1  request_id=…`"""

    def format(self, record: logging.LogRecord) -> str:
        clock = datetime.fromtimestamp(record.created, UTC).strftime("%H:%M:%S.%f")[:-3]
        facts = "".join(f"  {name}={value}" for name, value in facts_of(record).items())
        line = f"{clock} {record.levelname:<7} {record.name}: {record.getMessage()}{facts}"
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


class JsonLines(logging.Formatter):
    """`{"time": …, "level": …, "logger": …, "message": …, "request_id": …}`; what was given as `extra` has its own names."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **facts_of(record),
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str, ensure_ascii=False)


def facts_of(record: logging.LogRecord) -> dict[str, Any]:
    """What was logged beside the message: `extra=…`, and the request."""
    facts = {name: value for name, value in record.__dict__.items() if name not in _OF_EVERY_RECORD}
    if (current := request_id.get()) is not None:
        facts.setdefault("request_id", current)
    for more in also:
        facts |= more()
    return facts
