"""What happened within one piece of evidence, moment by moment, as a room tells it (`Kind.timeline`) and `assay timeline` writes it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
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


def select(
    happened: Iterable[Happened], *, kinds: Collection[str] = (), since: int = 0, until: int = 2**62, text: str = ""
) -> Iterator[Happened]:
    """What is of these kinds (`process` stands for every `process.…`; none means all), from `since` to before `until`
    (microseconds), with `text` somewhere in subject, detail, actor or source, in any case."""
    needle = text.lower()
    for one in happened:
        if kinds and one.kind not in kinds and one.kind.partition(".")[0] not in kinds:
            continue
        if not since <= one.time < until:
            continue
        if not needle or any(needle in part.lower() for part in (one.subject, one.detail, one.actor, one.source)):
            yield one


__all__ = ["Happened", "select"]
