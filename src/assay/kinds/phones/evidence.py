"""`PhoneImage`: what a phone's backup says of it, as one timeline, with what could be read of it and what not.

Message texts, names of people and their numbers never leave the reader: the timeline holds times, paths, processes, apps and
addresses of sites.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, ClassVar

import msgspec

from assay.core.enclosed import Enclosed, parts_of
from assay.core.evidence import EntityId, Evidence
from assay.kinds.phones.timeline import Event, Gap, Source

Count = Annotated[int, msgspec.Meta(ge=0)]


class PhoneImage(Evidence, frozen=True, kw_only=True, tag="phone-image"):
    """`coverage` is the share of known artefacts that were read. `device` is a digest of the device's own identifier.
    `system` is `ios`, `android` or empty where a single file does not say; `form` how it was handed in: `backup`,
    `sysdiagnose`, `bugreport`, `androidqf`, `file`."""

    HEAVY: ClassVar[bool] = True
    ENTITIES: ClassVar[dict[str, str]] = {"device": "device", "customer": "customer"}

    device: EntityId | None = None
    customer: EntityId | None = None
    system: Annotated[str, msgspec.Meta(max_length=16)] = ""
    form: Annotated[str, msgspec.Meta(max_length=16)] = ""
    product: Annotated[str, msgspec.Meta(max_length=64)] = ""
    version: Annotated[str, msgspec.Meta(max_length=64)] = ""
    build: Annotated[str, msgspec.Meta(max_length=128)] = ""
    patched: Annotated[str, msgspec.Meta(max_length=32)] = ""  # Android's security patch level
    encrypted: bool = False
    problem: Annotated[str, msgspec.Meta(max_length=400)] = ""  # why nothing at all could be read
    coverage: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.0
    files: Count = 0
    messages: Count = 0
    attachments: Count = 0
    processes: Count = 0
    apps: Count = 0
    profiles: Count = 0
    visits: Count = 0
    forged_ids: Count = 0  # rows of the manifest whose id is not the digest of their path
    orphans: Count = 0  # records of network use whose process was deleted
    lockdown: bool | None = None
    read: tuple[str, ...] = ()
    gaps: tuple[Gap, ...] = ()
    sources: tuple[Source, ...] = ()
    events: tuple[Event, ...] = ()
    attached: tuple[Enclosed, ...] = ()  # files that messages brought, of kinds made before to break readers

    def parts(self) -> Sequence[Evidence]:
        """The attachments whose very bytes are to be looked at."""
        return parts_of(self.attached, self)

    def exhibits(self) -> Sequence[Enclosed]:
        """Its timeline, so that the page can be drawn later; the backup itself is not kept."""
        from assay.kinds.phones.view import KEPT_NAME, keep

        if not self.events and not self.read:
            return ()
        return (Enclosed(name=KEPT_NAME, media="application/zlib", content=keep(self.read, self.gaps, self.events)),)


__all__ = ["Event", "Gap", "PhoneImage", "Source"]
