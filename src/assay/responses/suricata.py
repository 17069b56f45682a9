"""A list as Suricata rules, numbered in a range of our own (https://docs.suricata.io/en/latest/rules/).

A value keeps its number as long as it can: numbers are drawn from a hash of the value, and a taken one is passed over. An
address is one rule, a domain four (DNS, TLS, QUIC, HTTP), each for the name itself and all below it; digests are one rule
that names a file of them. Suricata 7 and later; version 6 passes over the rules for QUIC with a warning.
"""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from assay.core.clock import iso
from assay.responses.document import Suricata
from assay.responses.entries import Entry
from assay.responses.plain import plain_word

_DOMAIN = (
    ("dns", "dns.query; dotprefix; content:{name}; nocase; endswith;"),
    ("tls", "tls.sni; dotprefix; content:{name}; nocase; endswith;"),
    ("quic", "quic.sni; dotprefix; content:{name}; nocase; endswith;"),
    ("http", "http.host; dotprefix; content:{name}; endswith;"),
)
_DIGESTS = {32: (".md5", "filemd5"), 40: (".sha1", "filesha1"), 64: (".sha256", "filesha256")}


def render(name: str, holds: str, output: Suricata, entries: Sequence[Entry], now: int) -> dict[str, bytes]:
    """What is added to the name of the file -> its content: the rules, and of digests a file for each length."""
    lines = [f"# {name}: {len(entries)} entries, written by Assay at {iso(now)}"]
    if holds == "hash":
        return _digests(name, output, entries, lines)
    taken: set[int] = set()
    for entry in entries:
        for part, (head, options) in enumerate(_parts(holds, entry.value)):
            sid = number(f"{holds}:{entry.value}:{part}", output, taken)
            lines.append(_rule(output, head, options, f"{name} {entry.value}", _told(entry), sid))
    return {"": ("\n".join(lines) + "\n").encode()}


def _parts(holds: str, value: str) -> Iterator[tuple[str, str]]:
    """The head of each rule, and what it looks for."""
    if holds == "ip":
        shown = f"[{value}]" if ipaddress.ip_address(value).version == 6 else value
        yield f"ip $HOME_NET any <> {shown} any", ""
        return
    for protocol, options in _DOMAIN:
        yield f"{protocol} $HOME_NET any -> any any", options.format(name=content(f".{value}"))


def _digests(name: str, output: Suricata, entries: Sequence[Entry], lines: list[str]) -> dict[str, bytes]:
    """Suricata reads digests from a file beside the rules, all of one length."""
    files = {}
    for i, (length, (suffix, keyword)) in enumerate(_DIGESTS.items()):
        values = [entry.value for entry in entries if len(entry.value) == length]
        files[suffix] = "".join(f"{value}\n" for value in values).encode()
        if values:
            options = f"{keyword}:{PurePosixPath(output.to).name}{suffix};"
            sid, told = output.sid + i, f"assay_entries {len(values)}"
            lines.append(_rule(output, "http any any -> any any", options, name, told, sid))
    return {"": ("\n".join(lines) + "\n").encode(), **files}


def _rule(output: Suricata, head: str, options: str, name: str, told: str, sid: int) -> str:
    between = f" {options}" if options else ""
    return f'{output.action} {head} (msg:"{text(f"Assay {name}")}";{between} metadata:{told}; sid:{sid}; rev:1;)'


def _told(entry: Entry) -> str:
    day = iso(entry.until)[:10].replace("-", "_")
    return (
        f"assay_finding {plain_word(entry.why.finding)}, assay_reason {plain_word(entry.why.reason)}, assay_until {day}"
    )


def number(key: str, output: Suricata, taken: set[int]) -> int:
    """The number of a rule: from a hash of what it says, the next one where that is taken."""
    at = int.from_bytes(hashlib.sha256(key.encode()).digest()[:8]) % output.sids
    while output.sid + at in taken:
        at = (at + 1) % output.sids
    taken.add(output.sid + at)
    return output.sid + at


def text(told: str) -> str:
    """A message: `;`, `"` and `\\` escaped, nothing but printable ASCII."""
    shown = "".join(c if c.isascii() and c.isprintable() else "?" for c in told)[:200]
    return shown.replace("\\", "\\\\").replace('"', '\\"').replace(";", "\\;")


def content(told: str) -> str:
    """A content in quotes: what has a meaning there, and whatever is no plain letter, stands in hexadecimal."""
    return (
        '"'
        + "".join(c if c.isascii() and (c.isalnum() or c in ".-_") else f"|{c.encode().hex(' ')}|" for c in told)
        + '"'
    )
