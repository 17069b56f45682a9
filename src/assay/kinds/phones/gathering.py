"""What is gathered of one phone while its artefacts are read: events, what was read with digests, what was not and why; and the
`PhoneImage` that comes of it. Bounded in number; nothing here raises for what an artefact holds."""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from assay.kinds.phones.backup.database import Broken
from assay.kinds.phones.backup.keybag import Locked
from assay.kinds.phones.backup.store import MAX_FILE, TooLarge, bounded
from assay.kinds.phones.evidence import PhoneImage
from assay.kinds.phones.timeline import Event, Gap, Source

MAX_EVENTS = 1_500_000
MAX_IN_PLACE = 16 << 30  # bytes of a file that is read where it lies, such as a database
MAX_SOURCES = 5_000
Content = bytes | Path
Parse = Callable[[Content, str], Iterator[Event]]
Password = Callable[[], bytes | None]  # asked only where something is locked


class Gathering:
    """Artefacts come one by one through `take`; `settle` says at the end of each whether it was read at all."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.gaps: list[Gap] = []
        self.read: list[str] = []
        self.sources: list[Source] = []
        self.full = False
        self._done: set[str] = set()
        self._said: set[tuple[str, str]] = set()
        self._why: dict[str, str] = {}

    def add(self, found: Event) -> None:
        if found.kind == "property":  # many artefacts say the same of the phone
            if (found.subject, found.detail) in self._said:
                return
            self._said.add((found.subject, found.detail))
        if len(self.events) < MAX_EVENTS:
            self.events.append(found)
        elif not self.full:
            self.full = True
            self.gaps.append(Gap("timeline", f"more than {MAX_EVENTS} events"))

    def take(
        self,
        artefact: str,
        source: str,
        content: Callable[[], Content | None],
        parse: Parse,
        whole: tuple[str, int] | None = None,
    ) -> bool:
        """Reads one file of an artefact. `content` gives its bytes or where they lie, None where absent; `whole` SHA-256 and size of
        the file where those bytes are a part of it."""
        try:
            held = content()
            if held is None:
                return False
            if isinstance(held, Path) and held.stat().st_size > MAX_IN_PLACE:
                raise TooLarge
            for found in parse(held, source):
                self.add(found)
            if len(self.sources) < MAX_SOURCES:
                self.sources.append(Source(artefact, source[:512], *(whole or _digest(held))))
            self._done.add(artefact)
            return True
        except TooLarge:
            self._why[artefact] = "too large"
        except Locked:
            self._why[artefact] = "locked"
        except (Broken, OSError, MemoryError, RecursionError, ValueError, OverflowError) as error:
            self._why[artefact] = f"broken: {str(error)[:160]}"
        return False

    def settle(self, artefact: str, why: str = "absent") -> None:
        """An artefact is read, a gap, or both where one of its files could not be read."""
        if artefact in self._done:
            self.read.append(artefact)
        if artefact not in self._done or artefact in self._why:
            self.gaps.append(Gap(artefact, self._why.get(artefact, why)))

    def image(self, id_: str, time: datetime, *, unknown: object = None, **told: Any) -> PhoneImage:
        """`unknown` is the device's own identifier, of which only a digest is kept; `told` further fields."""
        events = sorted(self.events, key=lambda e: e.time)
        kinds = Counter(e.kind for e in events)
        on = next((e.subject for e in events if e.kind == "lockdown"), None)
        properties = {e.subject: e.detail for e in events if e.kind == "property"}
        for field, names in _PROPERTIES.items():
            value = next((properties[n] for n in names if properties.get(n)), "")
            if value and not told.get(field):
                told[field] = value[: _LENGTHS.get(field, 64)]
        return PhoneImage(
            id=id_, time=time, device=digest_of(unknown), coverage=len(self.read) / max(1, len(self.read) + len(self.gaps)),
            read=tuple(self.read), gaps=tuple(self.gaps), sources=tuple(self.sources), events=tuple(events),
            messages=kinds["message"], attachments=kinds["attachment"], apps=len({e.subject for e in events if e.kind == "app"}),
            profiles=kinds["profile"], visits=kinds["site.visited"], orphans=kinds["process.deleted"],
            processes=len({e.subject for e in events if e.kind.startswith("process.") and e.subject}),
            lockdown=None if on is None else on == "on", **told,
        )  # fmt: skip


_PROPERTIES = {
    "version": ("ProductVersion", "ro.build.version.release"),
    "build": ("ProductBuildVersion", "ro.build.fingerprint", "ro.build.display.id"),
    "product": ("ProductType", "ro.product.model"),
    "patched": ("ro.build.version.security_patch",),
}
_LENGTHS = {"build": 128, "patched": 32}


def digest_of(identifier: object) -> str | None:
    """A digest that stands for a device's identifier; None where there is none."""
    return hashlib.sha256(str(identifier).lower().encode()).hexdigest()[:32] if identifier else None


def moment_of(seconds: float) -> datetime:
    """Seconds since 1970 as a date that evidence can bear; the beginning of time for what is none."""
    return datetime.fromtimestamp(seconds if math.isfinite(seconds) and 0 <= seconds < 4e9 else 0, UTC)


def bytes_of(content: Content, most: int = MAX_FILE) -> bytes:
    """All of it. Raises `TooLarge` for more than `most`."""
    if isinstance(content, bytes):
        return bounded(content, most)
    with content.open("rb") as file:
        return bounded(file.read(most + 1), most)


def _digest(content: Content) -> tuple[str, int]:
    if isinstance(content, Path):
        with content.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest(), content.stat().st_size
    return hashlib.sha256(content).hexdigest(), len(content)


__all__ = ["MAX_EVENTS", "Content", "Gathering", "Parse", "Password", "bytes_of", "digest_of", "moment_of"]
