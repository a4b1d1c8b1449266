"""Trusted documents: the manifest that a client's build writes of all the documents it will ever send."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

APOLLO = "apollo-persisted-query-manifest"


class TrustedDocuments:
    """Documents by their ids. A server that is given them runs no others."""

    def __init__(self, documents: Mapping[str, str]) -> None:
        self.documents = dict(documents)

    @classmethod
    def read(cls, path: Path) -> "TrustedDocuments":
        """Read a manifest: Apollo's, or one JSON object of ids and documents as gql.tada and graphql-codegen write it.

        Raises ValueError for anything else.
        """
        try:
            manifest = orjson.loads(path.read_bytes())
        except orjson.JSONDecodeError as error:
            raise ValueError(f"{path} is not JSON: {error}.") from error
        if not isinstance(manifest, dict):
            raise ValueError(f"{path} is no manifest: it must be one JSON object.")
        if "format" in manifest:
            return cls(_of_apollo(path, manifest))
        if wrong := [name for name, text in manifest.items() if not isinstance(text, str)]:
            raise ValueError(f"{path} is no manifest: {wrong[0]} has no document.")
        return cls(manifest)


def _of_apollo(path: Path, manifest: dict[str, Any]) -> dict[str, str]:
    """Source: https://www.apollographql.com/docs/graphos/platform/security/persisted-queries"""
    if manifest["format"] != APOLLO or manifest.get("version") != 1 or not isinstance(manifest.get("operations"), list):
        raise ValueError(f"{path} is no manifest that is known here: it must be {APOLLO}, version 1, with operations.")
    documents: dict[str, str] = {}
    for place, operation in enumerate(manifest["operations"]):
        match operation:
            case {"id": str(name), "body": str(text)}:
                if documents.setdefault(name, text) != text:
                    raise ValueError(f"{path}: two documents have the id {name}.")
            case _:
                raise ValueError(f"{path}: operation {place} must have an id and a body.")
    return documents
