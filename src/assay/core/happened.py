"""What happened within one piece of evidence, moment by moment, as a room tells it (`Kind.timeline`) and `assay timeline` writes it."""

from __future__ import annotations

from typing import NamedTuple


class Happened(NamedTuple):
    """`time` microseconds since 1970 UTC, 0 where unknown, and `within` microseconds by which it may be later; `kind` as the room
    calls it, such as `process.first`; `subject` what it happened to; `actor` who did it, where known; `source` what says so."""

    time: int
    kind: str
    subject: str
    source: str
    detail: str = ""
    actor: str = ""
    within: int = 0


__all__ = ["Happened"]
