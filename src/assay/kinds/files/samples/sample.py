"""A made file: its bytes, the name it comes under, and what must be said of it, of it or of a part of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from assay.kinds.files.evidence import File
from assay.kinds.files.judge import WHEN


@dataclass(frozen=True)
class Sample:
    """`trick`: what is done; "" for an honest neighbour. `wanted`: the reason code that must be given; an honest one must not be
    of medium severity or more. `mailed`: it came in a message; `passwords`: what that called one."""

    trick: str
    name: str
    content: bytes
    wanted: str = ""
    mailed: bool = False
    passwords: tuple[str, ...] = ()

    @property
    def file(self) -> File:
        inside = "message" if self.mailed else ""
        return File(id="f", time=WHEN, name=self.name, content=self.content, inside=inside, passwords=self.passwords)


def everything() -> Iterator[Sample]:
    """Every sample, in a fixed order."""
    from assay.kinds.files.samples.archives import samples as archives
    from assay.kinds.files.samples.carriers import samples as carriers
    from assay.kinds.files.samples.names import samples as names
    from assay.kinds.files.samples.office import samples as office
    from assay.kinds.files.samples.programs import samples as programs
    from assay.kinds.files.samples.scripts import samples as scripts

    for made in (names, archives, programs, office, scripts, carriers):
        yield from made()


__all__ = ["Sample", "everything"]
