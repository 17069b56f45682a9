"""Windows events as XML: what the Event Viewer and `wevtutil` export, and what Sysmon for Linux writes into syslog. Each event stands
for itself: one that is broken is refused, and no other with it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any
from xml.etree import ElementTree

from assay.core.batch import Batch
from assay.core.kind import RowError
from assay.formats.packed import head_of, opened
from assay.kinds.hosts.batches import batches
from assay.kinds.hosts.windows import flatten

MAX_EVENT = 1 << 20  # characters of one event
_BLOCK = 1 << 20
_BEGINS, _ENDS = re.compile(r"<Event[\s>]"), "</Event>"
_DECLARED = ("<!DOCTYPE", "<!ENTITY")  # what an event never has, and a bomb is made of
Flat = dict[str, Any]


class XmlLog:
    """A file of `<Event>` elements, in one root or bare, in any UTF."""

    name = "hosts.xml"

    def sniff(self, head: bytes, path: Path) -> float:
        text = _decoded(head_of(head)).lstrip("\ufeff \t\r\n")
        return 0.9 if text.startswith(("<?xml", "<Event")) and "<System>" in text and "<EventID" in text else 0.0

    def read(self, path: Path, *, mapping: Any = None, reject: Callable[[RowError], None]) -> Iterator[Batch[Any]]:
        with opened(path) as file:
            yield from batches(_records(file, reject), path)


def _decoded(content: bytes) -> str:
    wide = content.startswith((b"\xff\xfe", b"\xfe\xff")) or b"<\0E\0v" in content[:400]
    return content.decode(
        "utf-16" if content[:1] in (b"\xff", b"\xfe") else "utf-16-le" if wide else "utf-8", "replace"
    )


def _records(file: IO[bytes], reject: Callable[[RowError], None]) -> Iterator[Flat]:
    import codecs

    first = file.read(_BLOCK)
    wide = first.startswith((b"\xff\xfe", b"\xfe\xff"))
    decoder = codecs.getincrementaldecoder("utf-16" if wide else "utf-8-sig")("replace")
    text, row = decoder.decode(first), 0
    while True:
        begin = _BEGINS.search(text)
        end = text.find(_ENDS, begin.start()) if begin else -1
        if begin and end >= 0:
            row += 1
            one, text = text[begin.start() : end + len(_ENDS)], text[end + len(_ENDS) :]
            try:
                yield record_of_xml(one)
            except ValueError as error:
                reject(RowError(row, str(error)))
            continue
        if begin and len(text) - begin.start() > MAX_EVENT:
            row += 1
            reject(RowError(row, f"the event has more than {MAX_EVENT} characters"))
            text = text[begin.end() :]
            continue
        block = file.read(_BLOCK)
        if not block:
            if begin:
                reject(RowError(row + 1, "the event does not end"))
            return
        text = (text[begin.start() :] if begin else text[-16:]) + decoder.decode(block)


def record_of_xml(text: str) -> Flat:
    """One `<Event>` as a flat record. Raises `ValueError` where it is none."""
    if len(text) > MAX_EVENT or any(word in text for word in _DECLARED):
        raise ValueError("the event is too long, or declares entities")
    try:
        event = ElementTree.fromstring(text)  # noqa: S314 - no entity can be declared in it
    except ElementTree.ParseError as error:
        raise ValueError(f"the event is no XML: {str(error)[:100]}") from None
    parts: dict[str, Any] = {}
    for part in event:
        name = _bare(part.tag)
        parts[name] = _data(part) if name == "EventData" else {_bare(one.tag): _value(one) for one in part}
    if "System" not in parts:
        raise ValueError("the event says nothing of itself")
    return flatten({"Event": parts})


def _bare(tag: str) -> str:
    return tag.rpartition("}")[2]


def _data(part: ElementTree.Element) -> dict[str, Any]:
    """Named values; those without a name are a list."""
    out: dict[str, Any] = {}
    bare = []
    for one in part:
        name, text = one.get("Name"), one.text or ""
        if name:
            out[name] = text
        elif _bare(one.tag) == "Data":
            bare.append(text)
    return out | ({"Data": bare} if bare else {})


def _value(one: ElementTree.Element, depth: int = 0) -> Any:
    """As the parser of event logs tells it: text, or attributes and what is within."""
    inner = {_bare(child.tag): _value(child, depth + 1) for child in one} if depth < 8 else {}
    if one.attrib:
        inner["#attributes"] = dict(one.attrib)
        if one.text and one.text.strip():
            inner["#text"] = one.text
    return inner or one.text or ""


__all__ = ["XmlLog", "record_of_xml"]
