"""What subscribers of a list were told: its STIX objects, each with the moment it was added, so that "what is new since" has
an answer. A value that leaves the list is revoked, never silently gone; a revoked one is forgotten when it would have expired.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from assay.core.errors import InvalidSetting
from assay.ledger.files import write_whole
from assay.responses import stix
from assay.responses.document import BlockList
from assay.responses.entries import Entry


class Added(msgspec.Struct, frozen=True):
    """An object as subscribers have it; `at` microseconds."""

    at: int
    object: dict[str, Any]

    @property
    def id(self) -> str:
        return str(self.object["id"])

    @property
    def version(self) -> str:
        """When it last changed; of what never does, when it was made."""
        return str(self.object.get("modified") or self.object["created"])


class Feed:
    """The objects of one list, kept in one file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read: tuple[tuple[int, int], list[Added]] | None = None

    def added(self) -> list[Added]:
        """In the order in which they were added; by id where at once."""
        try:
            stat = self._path.stat()
            stamp = (stat.st_mtime_ns, stat.st_ino)
            if self._read is None or self._read[0] != stamp:
                self._read = stamp, msgspec.json.decode(self._path.read_bytes(), type=list[Added])
        except FileNotFoundError:
            return []
        except (OSError, msgspec.MsgspecError) as error:
            raise InvalidSetting(f"cannot be read: {error}", where=str(self._path)) from None
        return self._read[1]

    def publish(self, name: str, rules: BlockList, entries: Sequence[Entry], ledger: str, now: int) -> None:
        """Take in a list as it now stands."""
        before = {one.id: one for one in self.added()}
        now = max([now, *(one.at + 1 for one in before.values())])  # a clock set back must hide nothing from anybody
        objects = [
            stix.marking(rules.tlp),
            stix.identity(ledger),
            *stix.indicators(name, rules.holds, rules.tlp, entries, ledger),
        ]
        after = {one["id"]: _newer(before.get(one["id"]), one, now) for one in objects}
        for id_, old in before.items():
            if id_ not in after and old.object["type"] == "indicator" and old.object["valid_until"] > stix.stamp(now):
                after[id_] = old if old.object.get("revoked") else Added(now, stix.revoked(old.object, now))
        if {i: one.object for i, one in after.items()} != {i: one.object for i, one in before.items()}:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            ordered = sorted(after.values(), key=lambda one: (one.at, one.id))
            write_whole(self._path, msgspec.json.encode(ordered), 0o600)


def _newer(old: Added | None, object_: dict[str, Any], now: int) -> Added:
    """The object as it is told now: with a later `modified` where it says something else than before."""
    if old is None:
        return Added(now, object_)
    ignored = {"modified": ""}
    if old.object | ignored == object_ | ignored:
        return old
    return Added(now, object_ | {"modified": max(object_["modified"], stix.stamp(now))})
