"""Evidence inside evidence: gathered whole by whole, bounded in depth, number and bytes, and grouped by type for their
rooms. Nothing inside one whole can make the assessment of another fail: what was not gathered is said in `lost`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from assay.core.batch import Batch
from assay.core.enclosed import MAX_NUMBER, Enclosed, Unread
from assay.core.evidence import Evidence
from assay.core.finding import Where

DEPTH = 4  # an attachment of a message in an archive in an attachment
PER_WHOLE = MAX_NUMBER
BYTES = 256 << 20  # of everything inside one whole: an archive may hold more than it is long

UNREAD, TOO_DEEP, TOO_MANY, TOO_LARGE, FAILED = (
    "parts.unread", "parts.too-deep", "parts.too-many", "parts.too-large", "parts.failed",
)  # fmt: skip
REASONS = (UNREAD, TOO_DEEP, TOO_MANY, TOO_LARGE, FAILED)
NAMED = 20  # of the parts that nobody reads


@dataclass
class Gathered:
    """The parts of one whole, outer before inner. `lost`: reason code -> how many were not examined; `named`: those that
    nobody reads."""

    parts: list[Evidence] = field(default_factory=list)
    lost: Counter[str] = field(default_factory=Counter)
    named: list[str] = field(default_factory=list)
    beside: set[str] = field(default_factory=set)  # ids of parts that are a whole's own file once more

    @property
    def places(self) -> list[Where]:
        """The parts that nobody reads, by name."""
        return [Where(part=name) for name in self.named[:NAMED]]


def gather(whole: Evidence, known: Iterable[type[Evidence]]) -> Gathered:
    """Every part of a whole that an installed room (`known`) can look at, parts of parts too. Never raises."""
    found, rooms = Gathered(), frozenset(known)
    level: list[Evidence] = [whole]
    size = 0
    for depth in range(DEPTH + 1):
        inner: list[Evidence] = []
        for holder in level:
            inner += _inside(holder, PER_WHOLE - len(found.parts) - len(inner), found)
        if not inner:
            break
        if depth == DEPTH:
            found.lost[TOO_DEEP] += len(inner)
            break
        level = []
        for part in inner:
            size += _bytes(part)
            if isinstance(part, Unread) or type(part) not in rooms:
                found.lost[UNREAD] += 1
                found.named.append(part.id)
            elif size > BYTES:
                found.lost[TOO_LARGE] += 1
            else:
                found.parts.append(part)
                level.append(part)
    return found


def _inside(holder: Evidence, room: int, found: Gathered) -> list[Evidence]:
    try:
        inside = list(islice(iter(holder.parts()), max(0, room) + 1))
    except Exception:  # of a room, on a hostile file
        found.lost[FAILED] += 1
        return []
    if len(inside) > room:
        found.lost[TOO_MANY] += 1
        del inside[max(0, room) :]
    return inside


def _bytes(part: Evidence) -> int:
    """How much a part holds: its bytes, and those of what it encloses."""
    total = part.bytes if isinstance(part, Unread) else 0
    for name in part.__struct_fields__:
        value = getattr(part, name)
        if isinstance(value, bytes):
            total += len(value)
        elif isinstance(value, tuple):
            total += sum(len(one.content) for one in value if isinstance(one, Enclosed))
    return total


def by_type(parts: Sequence[Sequence[Evidence]]) -> list[tuple[Batch[Any], list[tuple[int, int]]]]:
    """Parts of n wholes as one batch a type, and for each row which part of which whole it is."""
    found: dict[type[Evidence], tuple[list[Evidence], list[tuple[int, int]]]] = {}
    for i, inside in enumerate(parts):
        for j, part in enumerate(inside):
            items, places = found.setdefault(type(part), ([], []))
            items.append(part)
            places.append((i, j))
    return [(Batch.of(items), places) for items, places in found.values()]
