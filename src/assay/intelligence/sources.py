"""What publishers give: STIX 2.1 bundles, MISP events, plain lists (one a line, hosts files, CSV), as indicators one by one.

A value that cannot be read is refused with its place, and the rest goes on. Lists are read line by line, so that millions cost no
more memory than one; JSON is bounded.
"""

from __future__ import annotations

import csv
import gzip
import json
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from assay.core.errors import UnreadableInput
from assay.intelligence.indicator import FOREVER, Indicator, guess, normal
from assay.intelligence.stix import read_pattern

MAX_JSON = 512 << 20
MAX_LINE = 16_384
_DAMAGE = (EOFError, OSError, zlib.error)
Refuse = Callable[[int, str, str], None]
"""`refuse(place, value, why)`: the line, or the number of the object."""
_STIX = {
    "domain-name:value": "domain", "url:value": "url", "email-addr:value": "email", "ipv4-addr:value": "ip",
    "ipv6-addr:value": "ip", "network-traffic:dst_ref.value": "ip", "network-traffic:src_ref.value": "ip",
    "file:hashes.sha256": "sha256", "file:hashes.sha1": "sha1", "file:hashes.md5": "md5",
    "x509-certificate:hashes.sha256": "sha256", "x509-certificate:hashes.sha1": "sha1", "x509-certificate:hashes.md5": "md5",
}  # fmt: skip
_MISP = {
    "ip-dst": "ip", "ip-src": "ip", "domain": "domain", "hostname": "domain", "url": "url", "uri": "url", "link": "",
    "md5": "md5", "sha1": "sha1", "sha256": "sha256", "ja3-fingerprint-md5": "ja3", "ja4-fingerprint": "ja4",
    "x509-fingerprint-sha256": "sha256", "x509-fingerprint-sha1": "sha1", "x509-fingerprint-md5": "md5",
    "email-src": "email", "email": "email",
}  # fmt: skip
_PAIRS = {  # of two values with a bar between, which are meant
    "ip-dst|port": ("ip", ""), "ip-src|port": ("ip", ""), "domain|ip": ("domain", "ip"), "hostname|port": ("domain", ""),
    "filename|md5": ("", "md5"), "filename|sha1": ("", "sha1"), "filename|sha256": ("", "sha256"),
}  # fmt: skip


def indicators(path: Path, refuse: Refuse, *, kind: str = "", confidence: int = 75) -> Iterator[Indicator]:
    """Everything in a file. `kind` names what a plain list holds where its values do not say (a list of JA3 looks like one of
    MD5); `confidence` is that of values that come without. Raises `UnreadableInput` for a JSON file that is neither."""
    try:
        with _open(path) as file:
            head = file.read(64).lstrip(b"\xef\xbb\xbf \t\r\n")
    except _DAMAGE as error:
        raise UnreadableInput(f"it is damaged: {error}", where=str(path)) from None
    if head[:1] in (b"{", b"["):
        yield from _json(path, refuse, confidence)
    else:
        yield from _list(path, refuse, kind, confidence)


def _open(path: Path) -> Any:
    with path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
    return gzip.open(path, "rb") if packed else path.open("rb")


def _json(path: Path, refuse: Refuse, confidence: int) -> Iterator[Indicator]:
    try:
        with _open(path) as file:
            content = file.read(MAX_JSON + 1)
        if len(content) > MAX_JSON:
            raise UnreadableInput(f"more than {MAX_JSON} bytes of JSON", where=str(path))
        whole = json.loads(content)
    except (ValueError, RecursionError, *_DAMAGE) as error:
        raise UnreadableInput(f"this is no JSON: {str(error)[:120]}", where=str(path)) from None
    if isinstance(whole, dict) and isinstance(whole.get("objects"), list):
        yield from _stix([o for o in whole["objects"] if isinstance(o, dict)], refuse, confidence)
        return
    events = list(_events(whole))
    if not events:
        raise UnreadableInput("neither a STIX bundle nor a MISP event", where=str(path))
    for number, event in enumerate(events, 1):
        yield from _misp(event, number, refuse, confidence)


def _stix(objects: list[dict[str, Any]], refuse: Refuse, confidence: int) -> Iterator[Indicator]:
    named = {o.get("id"): str(o.get("name", "")) for o in objects if o.get("type") in ("malware", "campaign", "tool", "intrusion-set", "threat-actor")}  # fmt: skip
    belongs = {
        str(o.get("source_ref")): named[o.get("target_ref")]
        for o in objects
        if o.get("type") == "relationship" and o.get("target_ref") in named
    }
    for number, one in enumerate(objects, 1):
        if one.get("type") != "indicator" or one.get("revoked") is True:
            continue
        pattern = one.get("pattern")
        if not isinstance(pattern, str) or one.get("pattern_type", "stix") != "stix":
            refuse(number, str(pattern)[:200], "not a STIX pattern")
            continue
        threat = belongs.get(str(one.get("id"))) or str(one.get("name", ""))
        sure = one.get("confidence")
        sure = sure if isinstance(sure, int) and 0 <= sure <= 100 else confidence
        since, until = day_of(one.get("valid_from"), 0), day_of(one.get("valid_until"), FOREVER)
        try:
            alternatives = read_pattern(pattern)
        except ValueError as error:
            refuse(number, pattern[:200], str(error))
            continue
        for alternative in alternatives:
            terms = [term for group in alternative for term in group]
            key, value = terms[0]
            if len(terms) != 1 or key not in _STIX:
                continue  # kept as a pattern, for rooms that read those (`patterns`)
            made = _made(number, refuse, _STIX[key], value, threat, sure, since, until)
            if made is not None:
                yield made


def _made(
    place: int, refuse: Refuse, kind: str, value: str, threat: str, confidence: int, since: int, until: int
) -> Indicator | None:
    try:
        if kind == "ip" and "/" in value:
            kind = "network"
        return Indicator(kind, normal(kind, value), threat[:200], confidence, since, until)
    except (ValueError, UnicodeError) as error:
        refuse(place, value[:200], str(error)[:160])
        return None


def _events(whole: Any) -> Iterator[dict[str, Any]]:
    found = whole.get("response", whole) if isinstance(whole, dict) else whole
    for one in found if isinstance(found, list) else [found]:
        event = one.get("Event") if isinstance(one, dict) else None
        if isinstance(event, dict):
            yield event


def _misp(event: dict[str, Any], number: int, refuse: Refuse, confidence: int) -> Iterator[Indicator]:
    threat = str(event.get("info", ""))
    objects = [o for o in event.get("Object") or [] if isinstance(o, dict)]
    lists = [event.get("Attribute"), *(o.get("Attribute") for o in objects)]
    for attribute in (a for found in lists if isinstance(found, list) for a in found if isinstance(a, dict)):
        kind, value = str(attribute.get("type", "")), str(attribute.get("value", ""))
        if attribute.get("to_ids") in (False, "0", 0) or attribute.get("deleted") is True:
            continue  # context, not to be looked for
        since = day_of(attribute.get("first_seen") or attribute.get("timestamp"), 0)
        if kind in _PAIRS:
            wanted = list(zip(_PAIRS[kind], value.split("|", 1), strict=False))
        elif _MISP.get(kind):
            wanted = [(_MISP[kind], value)]
        else:
            continue
        for of, part in wanted:
            made = _made(number, refuse, of, part, threat, confidence, since, FOREVER) if of else None
            if made is not None:
                yield made


def _list(path: Path, refuse: Refuse, kind: str, confidence: int) -> Iterator[Indicator]:
    number = 0
    with _open(path) as file:
        while True:
            try:
                raw = file.readline(MAX_LINE)
            except _DAMAGE as error:
                refuse(number + 1, "", f"the list is damaged from here on: {error}")
                return
            if not raw:
                return
            number += 1
            line = raw.decode("utf-8", "replace").strip()
            if not line or line[0] in "#;!":
                continue
            found = _word(line, kind)
            if found is None:
                if number > 1:  # the first line may name the columns
                    refuse(number, line[:200], "nothing in it is known")
                continue
            yield Indicator(*found, "", confidence)


def _word(line: str, kind: str) -> tuple[str, str] | None:
    """The first word of a line that is an indicator; of a hosts file's line the name."""
    try:
        cells = next(csv.reader([line])) if "," in line or '"' in line else line.split("#")[0].split()
    except csv.Error:
        return None
    if len(cells) > 1 and cells[0] in ("0.0.0.0", "127.0.0.1", "::", "::1"):  # noqa: S104 - a hosts file's way to say nowhere
        cells = cells[1:]
    for cell in cells[:20]:
        try:
            if kind:
                return kind, normal(kind, cell)
            return guess(cell)
        except (ValueError, UnicodeError):
            continue
    return None


def day_of(value: Any, otherwise: int) -> int:
    """Days since 1970 of a date as STIX and MISP write it."""
    try:
        if isinstance(value, str) and not value.isdigit():
            moment = datetime.fromisoformat(value)
            return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() // 86_400)
        return int(float(value)) // 86_400
    except (TypeError, ValueError, OverflowError):
        return otherwise


__all__ = ["day_of", "indicators"]
