"""Bytes from outside into evidence and labels: bounded before they are parsed, and every refusal names the field."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any, Union

import msgspec

from assay.core.errors import InvalidEvidence
from assay.core.evidence import Evidence
from assay.core.kind import evidence_types
from assay.core.label import Label
from assay.service.scan import check

_PATH = re.compile(r" - at `\$?\.?(.*)`$")
_MISSING = re.compile(r"Object missing required field `(.*)`")
_UNKNOWN = re.compile(r"Object contains unknown field `(.*)`")
_NAMED = re.compile(r"(\w+): (.*)", re.DOTALL)
_BYTE = re.compile(r" \(byte (\d+)\)$")
_LONGEST = 200
_EARLIEST, _LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


class EvidenceDecoder:
    """One JSON object -> evidence of any installed kind, told apart by its `kind`. `ahead`: how far, in seconds, its time
    may lie in the future; a time far ahead would push all else out of its entities' windows."""

    def __init__(self, deepest: int, ahead: float = 2 * 86_400.0) -> None:
        types = tuple(evidence_types().values())
        self._decode = msgspec.json.Decoder(Union[types]).decode if types else _no_kinds  # noqa: UP007
        self._deepest, self._ahead = deepest, timedelta(seconds=ahead)

    def __call__(self, body: bytes) -> Evidence:
        """Raises `InvalidEvidence`; its `where` is the field's path, or the byte where the JSON is broken."""
        check(body, self._deepest)
        try:
            evidence: Evidence = self._decode(body)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, ArithmeticError) as error:
            raise invalid(error) from None
        time = evidence.time
        time = time if time.tzinfo else time.replace(tzinfo=UTC)
        if not _EARLIEST <= time < _LATEST:
            raise InvalidEvidence("must lie between 1970 and 2200", where="time")
        if time > datetime.now(UTC) + self._ahead:
            raise InvalidEvidence(f"lies more than {self._ahead} in the future", where="time", hint="setting max_ahead")
        return evidence


class LabelDecoder:
    """One label, or a list of them."""

    def __init__(self, deepest: int, most: int = 10_000) -> None:
        self._decode = msgspec.json.Decoder(Label | list[Label]).decode
        self._deepest, self._most = deepest, most

    def __call__(self, body: bytes) -> list[Label]:
        """Raises `InvalidEvidence`, naming the label by its place in the list and its field."""
        check(body, self._deepest)
        try:
            given = self._decode(body)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise invalid(error) from None
        labels = given if isinstance(given, list) else [given]
        if len(labels) > self._most:
            raise InvalidEvidence(f"more than {self._most} labels at once", hint="send them in several requests")
        return labels


def invalid(error: Exception) -> InvalidEvidence:
    """msgspec's words as our error: what, and the path of the field without the leading `$`."""
    if isinstance(error, UnicodeDecodeError):
        return InvalidEvidence("not valid UTF-8", where="body")
    text, where = str(error), "body"
    if found := _BYTE.search(text):
        text, where = text[: found.start()], f"byte {found[1]}"
    else:
        if found := _PATH.search(text):
            text, where = text[: found.start()], found[1]
        # A missing or unknown field, or one that the type's own check named, is a step further down the path.
        if found := _MISSING.fullmatch(text):
            text, where = "is required", _join(where, found[1])
        elif found := _UNKNOWN.fullmatch(text):
            text, where = "is no field that is known here", _join(where, found[1])
        elif found := _NAMED.fullmatch(text):
            text, where = found[2], _join(where, found[1])
    return InvalidEvidence(text if len(text) <= _LONGEST else text[:_LONGEST] + "…", where=where[:_LONGEST])


def _join(path: str, field: str) -> str:
    return field if path == "body" else f"{path}.{field}"


def _no_kinds(body: bytes) -> Any:
    raise msgspec.ValidationError("no kind of evidence is installed")
