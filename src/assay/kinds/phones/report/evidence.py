"""`PhoneReport`: a signed device-health report, handed in so that what it says of a phone is known when its owner pays."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Annotated, Any, ClassVar

import msgspec

from assay.core.enclosed import Enclosed
from assay.core.evidence import EntityId, Evidence
from assay.kinds.phones.report.paper import MOST_BYTES, is_paper
from assay.kinds.phones.report.statement import FILE_NAME, open_envelope

MEDIA = "application/vnd.assay.phone-report+json"


class PhoneReport(Evidence, frozen=True, kw_only=True, tag="phone-report"):
    """`device` and `customer`: for whom it is shown, as whoever shows it knows them; `nonce` and `case`: what was asked for.
    `phone` and, where none is given, `nonce` are taken from a report in JSON; one on paper (PDF) must come with its nonce."""

    HEAVY: ClassVar[bool] = True
    ENTITIES: ClassVar[dict[str, str]] = {
        "customer": "customer", "device": "device", "phone": "phone", "nonce": "nonce",
    }  # fmt: skip

    content: Annotated[bytes, msgspec.Meta(max_length=MOST_BYTES, description="the report, JSON or PDF; base64")] = b""
    customer: EntityId | None = None
    device: EntityId | None = None
    nonce: EntityId | None = None
    case: EntityId | None = None
    phone: EntityId | None = None  # the digest of the phone's own identifier
    digest: EntityId | None = None  # SHA-256 of the content, filled in

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.content:
            return
        give: Any = msgspec.structs.force_setattr
        give(self, "digest", hashlib.sha256(self.content).hexdigest())
        if is_paper(self.content):  # what is inside is looked at in a process of its own
            if self.nonce is None:
                raise ValueError("nonce: a report on paper is shown with the nonce it was asked for by")
            return
        statement = open_envelope(self.content, {}).statement
        if statement is not None:
            give(self, "phone", statement.subject.phone or None)
            if self.nonce is None:
                give(self, "nonce", statement.nonce)

    def exhibits(self) -> Sequence[Enclosed]:
        """The report as it came: what was believed, a year later."""
        if not self.content:
            return ()
        paper = is_paper(self.content)
        name = "phone-report.pdf" if paper else FILE_NAME
        return (Enclosed(name=name, media="application/pdf" if paper else MEDIA, content=self.content),)


__all__ = ["MEDIA", "PhoneReport"]
