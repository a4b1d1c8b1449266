"""Encoding: answers as JSON."""

from typing import Any

import orjson


def encode(payload: Any) -> bytes:
    """A response, or any part of one, as UTF-8."""
    return orjson.dumps(payload)


def encode_key(variables: dict[str, Any] | None) -> bytes:
    """Variables so that equal ones are written equally, whatever their order."""
    return orjson.dumps(variables, option=orjson.OPT_SORT_KEYS) if variables else b""
