"""`Message`: a text that reached a customer or an employee: SMS, chat, e-mail, or a bare link.

Its words are personal: what is recorded of it is what the fields below say, with one-time codes blacked out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal

import msgspec

from assay.core.enclosed import Enclosed, parts_of
from assay.core.evidence import Evidence, Name

EntityId = Annotated[str, msgspec.Meta(min_length=1, max_length=128, pattern=r"^[^\x00-\x1f]+$")]
Text = Annotated[str, msgspec.Meta(max_length=100_000)]


class Message(Evidence, frozen=True, kw_only=True, tag="message"):
    """One message. An e-mail may come as its raw bytes (`raw`, RFC 5322), from which the reader fills the rest."""

    HEAVY: ClassVar[bool] = True  # an attachment may be a document
    ENTITIES: ClassVar[dict[str, str]] = {
        "customer": "customer", "account": "account", "device": "device", "sender": "sender",
    }  # fmt: skip

    channel: Literal["sms", "chat", "email", "link", "code", "other"] = "other"
    text: Text = ""
    html: Text = ""
    subject: Annotated[str, msgspec.Meta(max_length=2_000)] = ""
    sender: EntityId | None = None  # number, handle or address it says it comes from
    sender_name: Name | None = None  # the name shown beside it
    reply_to: EntityId | None = None
    raw: bytes = b""  # the e-mail as received, where there is one
    attachments: tuple[Enclosed, ...] = ()
    first_contact: bool | None = None  # the customer has had nothing from this sender before
    customer: EntityId | None = None
    account: EntityId | None = None
    device: EntityId | None = None

    def parts(self) -> Sequence[Evidence]:
        return parts_of(self.attachments, self)
