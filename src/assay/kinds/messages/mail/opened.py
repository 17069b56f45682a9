"""An e-mail as the fields of a `Message`: what it shows, who it says it is from, what the receiving server noted, what it
carries. Everything is cut to the limits of the fields; nothing raises."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from assay.core.enclosed import MAX_BYTES, Enclosed
from assay.kinds.messages.mail.address import parse_address
from assay.kinds.messages.mail.mime import Header, Leaf, decode_words, read_mail
from assay.kinds.messages.mail.page import read_page

MAX_TEXT = 100_000
MAX_ATTACHMENTS = 50
SMALLEST_PICTURE = 256  # bytes: smaller ones are tracking pixels and spacers

# What tells of the sender. Whom it was sent to is nobody's business here.
KEPT = (
    "from", "sender", "reply-to", "return-path", "date", "message-id", "list-id", "list-unsubscribe", "precedence", "auto-submitted",
    "x-mailer", "user-agent", "authentication-results", "arc-authentication-results", "received-spf", "dkim-signature", "x-original-from",
)  # fmt: skip
# Parts that are the machinery of mail: signatures of its text, invitations' twins, delivery reports.
_MACHINERY = (
    "application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature", "application/pgp-encrypted",
    "message/delivery-status", "text/rfc822-headers", "message/disposition-notification",
)  # fmt: skip


def fields_of(raw: bytes) -> dict[str, Any]:
    """Fields of `Message` by name."""
    mail = read_mail(raw)
    texts = [leaf for leaf in mail.leaves if leaf.media == "text/plain" and not leaf.attached]
    pages = [leaf for leaf in mail.leaves if leaf.media == "text/html" and not leaf.attached]
    if not texts and not pages and len(mail.leaves) == 1 and mail.leaves[0].media.startswith("text/"):
        texts = mail.leaves[:1]
    sender = parse_address(mail.header.first("from"))
    reply = parse_address(mail.header.first("reply-to"))
    return {
        "channel": "email",
        "text": "\n".join(leaf.text for leaf in texts[:20]).replace("\r\n", "\n")[:MAX_TEXT].strip(),
        "html": "\n".join(leaf.text for leaf in pages[:20])[: 4 * MAX_TEXT],
        "subject": decode_words(mail.header.first("subject"))[:2000].strip(),
        "headers": _kept(mail.header) or "from: ",
        "sender": _plain(sender.address, 128),
        "sender_name": _plain(sender.name, 128),
        "reply_to": _plain(reply.address, 128) if reply.address != sender.address else None,
        "attachments": tuple(_enclosed(leaf) for leaf in mail.leaves if leaf not in texts and leaf not in pages and _worth(leaf))[:MAX_ATTACHMENTS],
    }  # fmt: skip


def shown_of(html: str) -> dict[str, str]:
    """What a page shows, and where its links lead, as `Message` keeps them."""
    page = read_page(html)
    lines = [f"{a.start} {a.end} {a.kind} {a.target}" for a in page.anchors]
    size, kept = 0, []
    for line in lines:
        size += len(line) + 1
        if size > MAX_TEXT:
            break
        kept.append(line)
    return {"shown": page.shown.rstrip() or "\n", "anchors": "\n".join(kept)}


def time_of(raw: bytes) -> datetime | None:
    """When it says it was sent; None where it does not say, or says what cannot be."""
    head = read_mail(raw[: 256 << 10]).header.first("date")
    try:
        when = parsedate_to_datetime(head[:200])
        when = when if when.tzinfo else when.replace(tzinfo=UTC)
        return when if datetime(1990, 1, 1, tzinfo=UTC) <= when <= datetime.now(UTC) else None
    except (TypeError, ValueError, IndexError, OverflowError):
        return None


def _kept(header: Header) -> str:
    lines, size = [], 0
    for name, value in header:
        if name in KEPT:
            line = f"{name}: {decode_words(' '.join(value.split()))[:4000]}"
            size += len(line) + 1
            if size > 59_000:
                break
            lines.append(line)
    return "\n".join(lines)


def _plain(text: str, most: int) -> str | None:
    return "".join(c for c in text if c.isprintable())[:most].strip() or None


def _worth(leaf: Leaf) -> bool:
    if leaf.media in _MACHINERY or not leaf.content or len(leaf.content) > MAX_BYTES:
        return False
    return not (leaf.media.startswith("image/") and len(leaf.content) < SMALLEST_PICTURE)


def _enclosed(leaf: Leaf) -> Enclosed:
    return Enclosed(name=leaf.name, media=leaf.media[:127], content=leaf.content)
