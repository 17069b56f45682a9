"""Properties of an XMP packet (ISO 16684-1), found as text: the packet is not parsed as XML, so that nothing in it can expand,
and a broken one still says what it says."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from typing import Any

MAX_PACKET = 1 << 20
MAX_VALUE = 4000
_SOURCE = re.compile(rb"digitalsourcetype/([A-Za-z]{4,60})")
_AIGC = re.compile(rb"\bAIGC\s*(?:=\s*(?:\"([^\"]{2,4000})\"|'([^']{2,4000})')|>\s*(\{[^<]{2,4000})<)")
_AGENT = re.compile(rb"softwareAgent(?:=\"([^\"]{1,200})|>([^<]{1,200}))")


class Xmp:
    """One packet. `raw` its bytes, at most `MAX_PACKET` of them."""

    def __init__(self, packet: bytes) -> None:
        self.raw = packet[:MAX_PACKET]

    def value(self, name: str) -> str:
        """The first simple value of a property such as "xmp:CreatorTool", by its local name where no prefix is given;
        "" where there is none."""
        return next(self.values(name), "")

    def values(self, name: str) -> Iterator[str]:
        """Every simple value of a property, as an attribute or as the text of an element or of its list items."""
        tag = re.escape(name.encode()) if ":" in name else rb"(?:[\w.-]{1,40}:)?" + re.escape(name.encode())
        for found in re.finditer(
            rb"(?<![\w.-])%b(?:\s*=\s*(?:\"([^\"]{1,%d})\"|'([^']{1,%d})')|>\s*((?:<rdf:(?:Alt|Seq|Bag|li)[^>]{0,80}>\s*)*)([^<]{1,%d})<)"
            % (tag, MAX_VALUE, MAX_VALUE, MAX_VALUE),
            self.raw,
        ):
            text = _text(found.group(1) or found.group(2) or found.group(4))
            if text:
                yield text

    @property
    def source_type(self) -> str:
        """The IPTC digital source type, such as "trainedAlgorithmicMedia"."""
        found = _SOURCE.search(self.raw)
        return found.group(1).decode() if found else ""

    @property
    def agents(self) -> list[str]:
        """The programs of the editing history, in order, each once."""
        told = (_text(found.group(1) or found.group(2)) for found in _AGENT.finditer(self.raw))
        return list(dict.fromkeys(agent for agent in told if agent))[:20]

    @property
    def aigc(self) -> dict[str, str]:
        """The label that GB 45438-2025 asks of generated content: Label "1" generated, "2" may be, "3" suspected; who made
        and who spread it. Empty where there is none."""
        found = _AIGC.search(self.raw)
        return aigc_label(_text(next(group for group in found.groups() if group))) if found else {}


def aigc_label(text: str) -> dict[str, str]:
    """The label out of its JSON, with or without `{"AIGC": …}` around it; empty where it is none.

    >>> aigc_label('{"AIGC": {"Label": "1", "ContentProducer": "a model"}}')
    {'Label': '1', 'ContentProducer': 'a model'}
    """
    try:
        told: Any = json.loads(text[:MAX_VALUE])
    except (ValueError, RecursionError):
        return {}
    if isinstance(told, dict) and isinstance(told.get("AIGC"), (dict, str)):
        told = told["AIGC"] if isinstance(told["AIGC"], dict) else aigc_label(told["AIGC"])
    if not isinstance(told, dict) or "Label" not in told:
        return {}
    return {str(k)[:40]: str(v)[:200] for k, v in list(told.items())[:12] if isinstance(v, (str, int))}


def _text(value: bytes) -> str:
    return html.unescape(value.decode("utf-8", "replace")).strip()


__all__ = ["Xmp", "aigc_label"]
