"""`Message`: a text that reached a customer or an employee: SMS, chat, e-mail, a bare link, or what a printed code says.

Its words are personal. What is recorded of them are the fields below, with one-time codes, card and account numbers blacked
out (`redact`); the e-mail as received and its attachments are files of evidence, never columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal

import msgspec
import numpy as np

from assay.core.enclosed import Enclosed, parts_of
from assay.core.evidence import EntityId, Evidence, Name, Seal, column

Text = Annotated[str, msgspec.Meta(max_length=100_000)]
Channel = Literal["sms", "chat", "email", "link", "code", "other"]


class Message(Evidence, frozen=True, kw_only=True, tag="message"):
    """One message. Where `raw` is given (an e-mail as received, RFC 5322), what it says fills every other field that is
    empty; where `html` is given, `shown` and `anchors` are what it shows."""

    HEAVY: ClassVar[bool] = True  # an attachment may be a document
    ENTITIES: ClassVar[dict[str, str]] = {
        "customer": "customer", "account": "account", "device": "device", "sender": "sender",
        "payee": "payee",
    }  # fmt: skip

    channel: Channel = "other"
    text: Text = ""
    html: Annotated[str, msgspec.Meta(max_length=400_000)] = ""  # not recorded: `shown` is
    shown: Text = ""  # what the HTML shows, as text
    anchors: Text = ""  # a line for each link of it: start, end, kind, target
    subject: Annotated[str, msgspec.Meta(max_length=2_000)] = ""
    headers: Annotated[str, msgspec.Meta(max_length=60_000)] = ""  # fields that tell of the sender, a line each
    sender: EntityId | None = None  # number, handle or address it says it comes from
    sender_name: Name | None = None  # the name shown beside it
    reply_to: EntityId | None = None
    raw: bytes = b""  # the e-mail as received, where there is one
    attachments: tuple[Enclosed, ...] = ()
    first_contact: bool | None = None  # the customer has had nothing from this sender before
    customer: EntityId | None = None
    account: EntityId | None = None
    device: EntityId | None = None
    payee: EntityId | None = None  # the account it wants paid; filled with the token of the first IBAN in its text

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.raw and not self.headers:
            from assay.kinds.messages.mail.opened import fields_of

            self._fill(fields_of(self.raw))
        if self.html and not self.shown:
            from assay.kinds.messages.mail.opened import shown_of

            self._fill(shown_of(self.html))

    def _fill(self, found: dict[str, Any]) -> None:
        for name, value in found.items():
            if value and getattr(self, name) in ("", None, (), "other"):
                msgspec.structs.force_setattr(self, name, value)

    def parts(self) -> Sequence[Evidence]:
        return parts_of(self.attachments, self)

    def exhibits(self) -> Sequence[Enclosed]:
        """The e-mail as received, which holds its attachments."""
        return (Enclosed(name="message.eml", media="message/rfc822", content=self.raw),) if self.raw else ()

    @classmethod
    def to_columns(cls, items: Sequence[Any]) -> dict[str, np.ndarray]:
        """The plain fields but `html`, empty texts as absent; `attached`, how many attachments there are."""
        columns = {
            name: column([getattr(item, name) or None for item in items], numeric=False) for name in _TEXTS
        }  # fmt: skip
        contact = [item.first_contact for item in items]
        columns["first_contact"] = column(contact, numeric=True)
        columns["attached"] = np.array([len(item.attachments) for item in items], np.float64)
        return {name: values for name, values in columns.items() if not _absent(values)}

    @classmethod
    def from_columns(cls, id_: str, time: datetime, row: dict[str, Any]) -> Evidence:
        """What a record holds of it: no HTML, no raw e-mail, no attachments."""
        known = {k: v for k, v in row.items() if k in _TEXTS or k == "first_contact"}
        contact = known.pop("first_contact", None)
        if contact is not None and contact == contact:
            known["first_contact"] = bool(contact)
        return super().from_columns(id_, time, known)

    @classmethod
    def from_table(cls, columns: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """HTML becomes what it shows; fields that no row fills are left out."""
        html = columns.pop("html", None)
        if html is not None:
            from assay.kinds.messages.mail.opened import shown_of

            pages = [shown_of(page[:400_000]) if page else {} for page in html.tolist()]
            columns["shown"] = column([page.get("shown") for page in pages], numeric=False)
            columns["anchors"] = column([page.get("anchors") or None for page in pages], numeric=False)
        return {name: values for name, values in columns.items() if not _absent(values)}

    @classmethod
    def protect(cls, columns: dict[str, np.ndarray], seal: Seal) -> dict[str, np.ndarray]:
        """One-time codes, card and account numbers are blacked out of every text, character by character; `accounts` holds
        tokens of the numbers, so that the same account in two messages, and in a payment, is still seen to be the same."""
        from assay.kinds.messages.redact import redact

        out = dict(columns)
        n = len(next(iter(columns.values()), ()))
        numbers: list[list[tuple[str, str]]] = [[] for _ in range(n)]
        changed = False
        for name in ("subject", "text", "shown"):
            if name not in columns:
                continue
            plain = columns[name].tolist()
            redacted = [redact(text) if text else None for text in plain]
            if any(r is not None and r.text != text for r, text in zip(redacted, plain, strict=True)):
                out[name] = column([r.text if r else None for r in redacted], numeric=False)
                changed = True
            for i, found in enumerate(redacted):
                numbers[i] += found.numbers if found else ()
        plain = columns["payee"].tolist() if "payee" in columns else [None] * n
        payees = [_payee(said, found, seal) for said, found in zip(plain, numbers, strict=True)]
        if payees != plain:
            out["payee"] = column(payees, numeric=False)
            changed = True
        if any(numbers):
            distinct = [" ".join(dict.fromkeys(seal(*one) for one in found)) or None for found in numbers]
            out["accounts"] = column(distinct, numeric=False)
        return out if changed else columns


def _payee(said: str | None, numbers: list[tuple[str, str]], seal: Seal) -> str | None:
    """The token of the account that a message names as payee, else of the first IBAN in its text."""
    from assay.kinds.messages.redact import iban_of

    if said:
        iban = iban_of(said)
        return said if iban is None else seal("iban", iban)
    return next((seal(kind, number) for kind, number in numbers if kind == "iban"), None)


_TEXTS = (
    "channel", "text", "shown", "anchors", "subject", "headers", "sender", "sender_name", "reply_to", "customer", "account", "device",
    "payee",
)  # fmt: skip


def _absent(values: np.ndarray) -> bool:
    return all(v is None for v in values.tolist()) if values.dtype == object else bool(np.isnan(values).all())
