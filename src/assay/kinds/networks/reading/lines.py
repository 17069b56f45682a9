"""Lines of a log up to where it is damaged, and values of a record as the plain types that rows hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from assay.core.clock import micros
from assay.core.errors import UnreadableInput
from assay.core.kind import RowError
from assay.formats.packed import bounded_lines, opened

MAX_LINE = 1 << 20
LATEST = 100_000_000_000  # seconds since 1970; what is beyond is no time


def lines(path: Path, reject: Callable[[RowError], None]) -> Iterator[tuple[int, bytes]]:
    """(number, line) of every line; one longer than `MAX_LINE` is refused and passed over, damage ends the file."""
    number = 0
    try:
        with opened(path) as file:
            for number, line in bounded_lines(file, MAX_LINE, reject):
                yield number, line
    except UnreadableInput as error:
        reject(RowError(number + 1, error.message))


def refusal(number: int, what: str, error: Exception, line: bytes) -> RowError:
    why = (str(error) or type(error).__name__).splitlines()[0][:160]
    return RowError(number, f"{what}: {why}", line[:200].decode("utf-8", "replace"))


def text(value: Any) -> str:
    """A value as text without what cannot be printed; a list with blanks between; "" for none."""
    if value is None:
        return ""
    if isinstance(value, list):
        return " ".join(text(v) for v in value[:64])
    told = value if isinstance(value, str) else str(value)
    return told if told.isprintable() else "".join(c if c.isprintable() else "?" for c in told)


@lru_cache(maxsize=1 << 16)
def address(value: Any) -> str:
    """An address or host as it was written. Raises `ValueError` where there is none."""
    if not isinstance(value, str) or not 0 < len(value) <= 64 or not value.isprintable() or " " in value:
        raise ValueError("source or destination is missing")
    return value


def number(value: Any) -> float:
    """A number of zero or more, or NaN where there is none. Raises `ValueError` for anything else."""
    if value is None or value == "":
        return float("nan")
    told = float(value)
    if not 0 <= told < 1e18:
        raise ValueError(f"{str(value)[:40]} is no amount")
    return told


def port(value: Any) -> float:
    """A port; 0 where there is none. Hexadecimal where it is written so."""
    if value is None or value == "":
        return 0.0
    told = int(value, 16) if isinstance(value, str) and value.startswith("0x") else int(float(value))
    if not 0 <= told <= 65535:
        raise ValueError(f"{str(value)[:40]} is no port")
    return float(told)


def moment(value: Any) -> int:
    """Microseconds since 1970 of seconds, or of a date and time as ISO 8601 or Argus writes it; without a zone it is UTC."""
    try:
        seconds = float(value)
    except (TypeError, ValueError):
        if not isinstance(value, str) or not value:
            raise ValueError("there is no time") from None
        return _dated(value)
    if not 0 <= seconds < LATEST:
        raise ValueError(f"{str(value)[:40]} is no time")
    return int(seconds * 1_000_000)


def _dated(value: str) -> int:
    told = value.replace("/", "-") if value[4:5] == "/" else value
    if told[-5:-4] in ("+", "-") and ":" not in told[-5:]:
        told = told[:-2] + ":" + told[-2:]
    found = datetime.fromisoformat(told)
    return micros(found if found.tzinfo else found.replace(tzinfo=UTC))


__all__ = ["address", "lines", "moment", "number", "port", "refusal", "text"]
