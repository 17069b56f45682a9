"""Files of messages: an e-mail (.eml), a mailbox (.mbox), a text (.txt), a page (.html), a list of links, and tables of
messages through a mapping. Also what other evidence encloses: an e-mail within an e-mail, a text, what a printed code says.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from assay.core.batch import Batch
from assay.core.enclosed import Enclosed
from assay.core.errors import UnreadableInput
from assay.core.evidence import Evidence
from assay.core.kind import RowError
from assay.formats.delimited import column_names
from assay.formats.guess import guess_mapping, plain_name
from assay.formats.mapping import Mapping
from assay.formats.whole import plain_file_name, read_whole
from assay.kinds.messages.evidence import Message

MAX_FILE = 48 << 20
MAX_TEXT = 100_000
CHUNK = 512
MAX_ROWS = 2_000_000

_FIELD_NAMES = (
    b"from:", b"to:", b"subject:", b"date:", b"received:", b"return-path:", b"message-id:", b"mime-version:", b"delivered-to:",
    b"content-type:", b"dkim-signature:", b"authentication-results:", b"reply-to:", b"x-",
)  # fmt: skip
_TELLING = {b"from:", b"subject:", b"date:", b"received:", b"message-id:", b"mime-version:", b"return-path:"}


class MessageFile:
    """Knows an e-mail by its header fields, a mailbox by its `From ` lines, a text or a page by being one."""

    name = "messages.file"

    def sniff(self, head: bytes, path: Path) -> float:
        return _sureness(head, path.suffix.lower())

    def read(self, path: Path, *, mapping: Any = None, reject: Callable[[RowError], None]) -> Iterator[Batch[Any]]:
        """One message, or those of a mailbox in order. The file's name without folder is the id (and `:number` in a
        mailbox), its time of change the time where the message has none of its own."""
        when = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        name = plain_file_name(path, "message", 100)
        with path.open("rb") as file:
            head = file.read(65_536)
        if head.startswith(b"From ") and _fields(head.partition(b"\n")[2]) >= 2:
            yield from _mailbox(path, name, when, reject)
            return
        yield Batch.of([message_of(read_whole(path, MAX_FILE), name, when, suffix=path.suffix.lower())])

    def claims(self, enclosed: Enclosed) -> float:
        media = enclosed.media.split(";")[0].strip().lower()
        if media == "message/rfc822":
            return 0.95
        if media == "text/x-code":
            return 0.9
        if media in ("text/html", "application/xhtml+xml"):
            return 0.7
        if media == "text/plain" and enclosed.content and b"\0" not in enclosed.content[:4096]:
            return 0.3
        suffix = Path(enclosed.name[-40:]).suffix.lower() if enclosed.name else ""
        return _sureness(enclosed.content[:65_536], suffix) if suffix in (".eml", ".html", ".htm", ".txt") else 0.0

    def enclosed(self, enclosed: Enclosed, whole: Evidence, id_: str) -> Evidence:
        shared: dict[str, Any] = {k: getattr(whole, k, None) for k in ("customer", "account", "device")}
        media = enclosed.media.split(";")[0].strip().lower()
        if media == "text/x-code":
            text = enclosed.content[: 4 * MAX_TEXT].decode("utf-8", "replace").replace("\0", "")[:MAX_TEXT]
            return Message(id=id_, time=whole.time, channel="code", text=text, **shared)
        suffix = {"text/html": ".html", "application/xhtml+xml": ".html", "message/rfc822": ".eml"}.get(media, ".txt")
        if media in ("", "application/octet-stream") and enclosed.name:
            suffix = Path(enclosed.name[-40:]).suffix.lower()
        return message_of(enclosed.content, id_, whole.time, suffix=suffix, shared=shared)


def message_of(
    content: bytes, id_: str, when: datetime, *, suffix: str = "", shared: dict[str, Any] | None = None
) -> Message:
    """The message in these bytes: an e-mail where they begin like one, a page where they say so, else a text."""
    from assay.kinds.messages.mail.mime import to_text
    from assay.kinds.messages.mail.opened import time_of

    extra: dict[str, Any] = shared or {}
    if suffix == ".eml" or _fields(content) >= 3:
        return Message(id=id_, time=time_of(content) or when, channel="email", raw=content, **extra)
    text = to_text(content[: 8 * MAX_TEXT], "")
    if suffix in (".html", ".htm"):
        return Message(id=id_, time=when, channel="other", html=text[: 4 * MAX_TEXT], **extra)
    return Message(id=id_, time=when, channel=_channel(text), text=text[:MAX_TEXT].strip(), **extra)


def _channel(text: str) -> Any:
    """A bare link, or a short text; a long one could be anything."""
    from assay.kinds.messages.links.found import find_links

    stripped = text.strip()
    if len(stripped) < 4096 and "\n" not in stripped and " " not in stripped and find_links(stripped):
        return "link"
    return "sms" if len(stripped) <= 1600 else "other"


def _fields(head: bytes) -> int:
    """How many well-known header fields the first lines begin with; 0 where the first line is none."""
    lines = head[:16_384].lstrip(b"\xef\xbb\xbf\r\n").lower().split(b"\n")[:60]
    if not lines or not (lines[0].startswith(_FIELD_NAMES) or re.match(rb"[a-z][a-z0-9-]{1,60}:\s", lines[0])):
        return 0
    found = set()
    for line in lines:
        if not line.strip(b"\r"):
            break
        if line.startswith(_FIELD_NAMES):
            found.add(line.split(b":", 1)[0] + b":")
    return len(found) if found & _TELLING else 0


def _sureness(head: bytes, suffix: str) -> float:
    if suffix == ".eml" and b":" in head[:2000]:
        return 0.95
    if head.startswith(b"From ") and _fields(head.partition(b"\n")[2]) >= 2:
        return 0.95
    if _fields(head) >= 3:
        return 0.9
    if b"\0" in head[:4096]:
        return 0.0
    if suffix in (".html", ".htm") or head[:200].lstrip().lower().startswith((b"<!doctype html", b"<html")):
        return 0.4
    return 0.3 if suffix in (".txt", ".sms", ".msg.txt") and head.strip() else 0.0


def _mailbox(path: Path, name: str, when: datetime, reject: Callable[[RowError], None]) -> Iterator[Batch[Any]]:
    """An mbox (RFC 4155), streamed: one e-mail at a time is held."""
    found: list[Message] = []
    number = 0
    for raw in _mails(path):
        number += 1
        if len(raw) > MAX_FILE:
            reject(RowError(number, f"an e-mail of over {MAX_FILE} bytes"))
            continue
        found.append(message_of(raw, f"{name}:{number}", when, suffix=".eml"))
        if len(found) >= 64:
            yield Batch.of(found)
            found = []
    if found:
        yield Batch.of(found)


def _mails(path: Path) -> Iterator[bytes]:
    lines: list[bytes] = []
    size, blank = 0, True
    with path.open("rb") as file:
        for line in iter(lambda: file.readline(1 << 20), b""):
            if blank and line.startswith(b"From ") and lines:
                yield b"".join(lines)
                lines, size = [], 0
            if not (not lines and line.startswith(b"From ")) and size <= MAX_FILE:
                lines.append(line[1:] if line.startswith(b">From ") else line)
                size += len(line)
            blank = not line.strip()
    if lines:
        yield b"".join(lines)


class LinkList:
    """A text or a one-column table in which every line is a link."""

    name = "messages.links"

    def sniff(self, head: bytes, path: Path) -> float:
        if path.suffix.lower() not in (".txt", ".csv", ".urls", ".list", ".url") or b"\0" in head[:4096]:
            return 0.0
        lines = [line for line in _lines(head) if line][:200]
        if len(head) >= 65_536 and lines:
            lines.pop()  # may be cut
        if lines and _is_title(lines[0]):
            lines = lines[1:]
        links = sum(_is_link(line) for line in lines)
        # One line alone is a message that is a link.
        return 0.92 if len(lines) >= 2 and links >= 0.9 * len(lines) else 0.0

    def read(self, path: Path, *, mapping: Any = None, reject: Callable[[RowError], None]) -> Iterator[Batch[Any]]:
        """A message of channel "link" a line; its id is the file's name and the line's number. Blank lines and those that
        begin with `#` are passed over."""
        when = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        name = plain_file_name(path, "links", 100)
        found: list[Message] = []
        with path.open("rb") as file:
            for number, raw in enumerate(iter(lambda: file.readline(1 << 16), b""), 1):
                line = raw.decode("utf-8", "replace").strip().strip('",;')
                if not line or line.startswith("#") or (number == 1 and _is_title(line)):
                    continue
                if number > MAX_ROWS:
                    reject(RowError(number, f"more than {MAX_ROWS} lines"))
                    break
                if not _is_link(line):
                    reject(RowError(number, "not a link", line[:200]))
                    continue
                found.append(Message(id=f"{name}:{number}", time=when, channel="link", text=line[:4096]))
                if len(found) >= CHUNK:
                    yield Batch.of(found)
                    found = []
        if found:
            yield Batch.of(found)


def _lines(head: bytes) -> list[str]:
    return [
        line.strip().strip('",;') for line in head.decode("utf-8", "replace").splitlines() if not line.startswith("#")
    ]


def _is_title(line: str) -> bool:
    return plain_name(line) in ("url", "urls", "link", "links", "href", "domain", "domains", "address")


_LINK = re.compile(r"(?:[a-z][a-z0-9+.-]{1,12}:(?://)?)?[^\s,;\"'<>@]{1,253}(?:[:/?#@][^\s]{0,4000})?\Z", re.IGNORECASE)


def _is_link(line: str) -> bool:
    from assay.kinds.messages.links.anatomy import anatomy

    if not _LINK.match(line):
        return False
    taken = anatomy(line)
    return bool(taken.registered or taken.ip) or taken.scheme in ("data", "javascript")


# Names that published sets and exports of gateways give these columns, as `plain_name` writes them.
SYNONYMS: dict[str, tuple[str, ...]] = {
    "id": ("id", "messageid", "msgid", "uuid", "guid", "smsid", "ticketid", "编号"),
    "time": ("time", "timestamp", "datetime", "date", "receivedat", "received", "sentat", "senttime", "createdat", "eventtime", "时间", "日期"),
    "text": ("text", "message", "body", "sms", "content", "msg", "messagetext", "messagebody", "smstext", "v2", "url", "link", "nachricht", "mensaje", "texte", "短信", "内容", "消息"),
    "subject": ("subject", "title", "betreff", "asunto", "objet", "主题", "标题"),
    "html": ("html", "htmlbody", "bodyhtml"),
    "sender": ("sender", "from", "senderid", "originator", "fromaddress", "fromnumber", "phone", "phonenumber", "source", "absender", "remitente", "发件人", "发送方"),
    "sender_name": ("sendername", "fromname", "displayname"),
    "reply_to": ("replyto",),
    "channel": ("channel", "channeltype", "medium"),
    "customer": ("customer", "customerid", "client", "clientid", "user", "userid", "recipientid", "客户号"),
    "account": ("account", "accountid"),
    "device": ("device", "deviceid"),
    "first_contact": ("firstcontact", "newsender"),
}  # fmt: skip
LABELS = (
    "label",
    "class",
    "isspam",
    "spam",
    "isphishing",
    "phishing",
    "isscam",
    "scam",
    "fraud",
    "isfraud",
    "v1",
    "category",
    "target",
)
FRAUD = (
    "1",
    "1.0",
    "true",
    "True",
    "fraud",
    "spam",
    "smishing",
    "phishing",
    "scam",
    "malicious",
    "bad",
    "yes",
    "Y",
    "Spam",
    "Smishing",
)


class MessageTable:
    """Reads a table as messages. Without a mapping it guesses one (`guess`)."""

    name = "messages.table"

    def sniff(self, head: bytes, path: Path) -> float:
        names = column_names(head, path)
        if len(names) < 2 and path.suffix.lower() in (".csv", ".tsv", ".txt"):
            return 0.0  # a text of one line
        plain = {plain_name(n) for n in names}
        known = {field for field, synonyms in SYNONYMS.items() if plain & set(synonyms)}
        if not known & {"text", "html", "subject"} or plain & {"amount", "amt", "betrag", "importe", "montant"}:
            return 0.0
        return min(0.93, 0.5 + 0.1 * len(known) + 0.15 * bool(plain & set(LABELS)))

    def guess(self, path: Path) -> Mapping:
        """Our mapping for this table; `UnreadableInput` says what we could not find."""
        from assay.formats.mapping import Field, LabelColumn
        from assay.formats.tabular import head

        sample = head(path)
        mapping = guess_mapping(Message, sample.columns, sample.to_dict(as_series=False), SYNONYMS, LABELS)
        fields = dict(mapping.fields)
        if not {"text", "html", "subject"} & set(fields):
            raise UnreadableInput(
                "no column looks like a text", where=str(path), hint="write a mapping: docs/mapping.md"
            )
        if "time" not in fields:  # a table without times is as old as its file
            when = datetime.fromtimestamp(path.stat().st_mtime, UTC).strftime("%Y-%m-%d %H:%M:%S")
            fields["time"] = Field(constant=when, format="%Y-%m-%d %H:%M:%S")
        column = fields["text"].column if "text" in fields else None
        if column and plain_name(column) in ("url", "link") and "channel" not in fields:
            fields["channel"] = Field(constant="link")
        values = (
            set(sample[fields["channel"].column].to_list())
            if "channel" in fields and fields["channel"].column
            else set()
        )
        if values - {"sms", "chat", "email", "link", "code", "other", None}:
            del fields["channel"]
        ids = sample[fields["id"].column].to_list() if "id" in fields and fields["id"].column else []
        if len(set(ids)) < len(ids):
            del fields["id"]
        label = LabelColumn(mapping.label.column, FRAUD) if mapping.label else None
        return Mapping(mapping.kind, fields, label)

    def read(
        self, path: Path, *, mapping: Mapping | None = None, reject: Callable[[RowError], None]
    ) -> Iterator[Batch[Any]]:
        from assay.formats.tabular import read_table

        for batch in read_table(path, mapping or self.guess(path), Message, reject):
            yield from batch.split(CHUNK)
