"""Zeek's logs of connections, DNS, TLS, HTTP, files and certificates, as tab-separated text or JSON lines, plain or gzipped.

A connection log takes the servers' names from the TLS and HTTP logs beside it, a TLS log its certificates' digests from the
file and certificate logs beside it, by the ids that Zeek gives; each is also read for itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from assay.core.batch import Batch
from assay.core.errors import UnreadableInput
from assay.core.kind import RowError
from assay.formats.packed import head_of
from assay.formats.whole import plain_file_name
from assay.kinds.networks.reading.lines import address, lines, moment, number, port, refusal, text
from assay.kinds.networks.reading.rows import (
    FlowRow,
    HandshakeRow,
    LookupRow,
    Row,
    TransferRow,
    WebRequestRow,
    batches,
)

MOST_JOINED = 2_000_000  # ids remembered of a log beside
_STATES = {
    "S0": "attempt", "SH": "attempt", "RSTOS0": "attempt", "REJ": "rejected", "S1": "open", "S2": "open", "S3": "open",
    "SF": "open", "RSTO": "open", "RSTR": "open", "OTH": "partial", "SHR": "partial", "RSTRH": "partial",
}  # fmt: skip
_PATH = re.compile(rb'"_path"\s*:\s*"(?:open_)?(\w+)"')
_SEPARATOR = re.compile(r"\\x([0-9a-fA-F]{2})")
Record = Callable[[str], Any]  # a field's value by its name, None where it is absent


class ZeekLog:
    """Knows the log by what stands in it: `#path` in text, the fields of the first record in JSON."""

    name = "networks.zeek"

    def sniff(self, head: bytes, path: Path) -> float:
        return 0.97 if _kind(head_of(head)) is not None else 0.0

    def read(self, path: Path, *, mapping: Any = None, reject: Callable[[RowError], None]) -> Iterator[Batch[Any]]:
        yield from batches(rows(path, reject), plain_file_name(path, "log"), contacts=not _told_beside(path))


def _told_beside(path: Path) -> bool:
    """Does a log of connections beside this log of TLS or HTTP tell the same pairs, by the same names?"""
    return any(
        path.name.startswith(ours) and path.with_name("conn" + path.name.removeprefix(ours)).is_file()
        for ours in ("ssl", "http")
    )


def _kind(head: bytes) -> str | None:
    """Which of the logs we read this is."""
    if head.startswith(b"#separator"):
        found = re.search(rb"^#path.(?:open_)?(\w+)\r?$", head[:4000], re.MULTILINE)
        name = found[1].decode("ascii") if found else ""
        return name if name in _ROWS else None
    first = head.split(b"\n", 1)[0]
    if not first.startswith(b"{"):
        return None
    named = _PATH.search(first)
    if named is not None:
        name = named[1].decode("ascii")
        return name if name in _ROWS else None
    if b'"id.orig_h"' not in first and b'"fuid"' not in first and b'"certificate.serial"' not in first:
        return None
    return next((kind for word, kind in _TELLING if word in first), None)


_TELLING = (
    (b'"conn_state"', "conn"), (b'"qtype_name"', "dns"), (b'"query"', "dns"), (b'"status_code"', "http"), (b'"uri"', "http"),
    (b'"server_name"', "ssl"), (b'"cipher"', "ssl"), (b'"certificate.serial"', "x509"), (b'"fuid"', "files"),
)  # fmt: skip


def rows(path: Path, reject: Callable[[RowError], None]) -> Iterator[Row]:
    """Every row of a log. Logs of connections that are still open repeat themselves: of each the last line counts."""
    kind: str | None = None
    make: Callable[[Record, Joined], Row | None] | None = None
    beside = Joined()
    latest: dict[str, Row] | None = None
    for line_number, found, get in _records(path, reject):
        if found != kind:
            kind, make = found, _ROWS.get(found.removeprefix("open_"))
            if found == "conn":
                beside = Joined(names=_names_beside(path))
            elif found == "ssl":
                beside = Joined(digests=_digests_beside(path))
            latest = {} if found.startswith("open_") else None
        if make is None:
            raise UnreadableInput(f"this log of Zeek's ({found}) is not read", where=str(path))
        try:
            row = make(get, beside)
        except (ValueError, TypeError, OverflowError) as error:
            reject(refusal(line_number, "no " + found, error, b""))
            continue
        if row is None:
            continue
        if latest is not None and len(latest) < MOST_JOINED:
            latest[str(get("uid"))] = row
        else:
            yield row
    yield from (latest or {}).values()


def _records(path: Path, reject: Callable[[RowError], None]) -> Iterator[tuple[int, str, Record]]:
    """(line, kind of log, its fields) of every record."""
    import orjson

    names: dict[str, int] | None = None
    kind, separator, missing = "", "\t", "-"
    for at, line in lines(path, reject):
        if line.startswith(b"#"):
            told = line.rstrip(b"\r\n").decode("utf-8", "replace")
            if told.startswith("#separator"):
                found = _SEPARATOR.search(told)
                separator = chr(int(found[1], 16)) if found else "\t"
                names = None  # logs strung together each bring their own names
            elif told.startswith("#path"):
                kind = told[6:].strip()
            elif told.startswith("#unset_field"):
                missing = told[13:] or "-"
            elif told.startswith("#fields"):
                fields = told.split(separator)[1:]
                if not any(name in fields for name in ("ts", "id")):
                    raise UnreadableInput("the log has no field ts", where=str(path))
                names = {name: i for i, name in enumerate(fields)}
            continue
        try:
            if line.startswith(b"{"):
                record = orjson.loads(line)
                yield at, kind or _kind(line) or "", _flat(record)
            elif not line.strip():
                continue
            elif names is None:
                raise ValueError("there is no line of field names before it")
            else:
                parts = line.rstrip(b"\r\n").decode("utf-8", "replace").split(separator)
                if len(parts) < min(len(names), 5):
                    raise ValueError(f"{len(parts)} fields where {len(names)} are named")
                yield at, kind, _fielded(names, parts, missing)
        except ValueError as error:
            reject(refusal(at, "no record", error, line))


def _flat(record: dict[str, Any]) -> Record:
    def get(name: str) -> Any:
        value = record.get(name)
        if value is None and name.startswith("id."):
            inner = record.get("id")
            value = inner.get(name[3:]) if isinstance(inner, dict) else record.get(name.replace(".", "_"))
        return value

    return get


def _fielded(names: dict[str, int], parts: list[str], missing: str) -> Record:
    def get(name: str) -> Any:
        at = names.get(name, -1)
        if not 0 <= at < len(parts):
            return None
        value = parts[at]
        return None if value in (missing, "(empty)") else value

    return get


class Joined:
    """What logs beside this one tell: `names` uid -> server's name, `digests` file id -> (digest, subject, issuer)."""

    def __init__(
        self, names: dict[str, str] | None = None, digests: dict[str, tuple[str, str, str]] | None = None
    ) -> None:
        self.names, self.digests = names or {}, digests or {}


def _beside(path: Path, ours: str, other: str) -> Iterator[tuple[int, str, Record]]:
    """Records of the log of another name beside a log; none where there is none or it is broken."""
    if not path.name.startswith(ours):
        return
    there = path.with_name(other + path.name.removeprefix(ours))
    if not there.is_file():
        return
    try:
        for count, (at, kind, get) in enumerate(_records(there, lambda _: None)):
            if kind != other or count >= MOST_JOINED:
                return
            yield at, kind, get
    except (UnreadableInput, OSError):
        return


def _names_beside(path: Path) -> dict[str, str]:
    found: dict[str, str] = {}
    for other, field in (("http", "host"), ("ssl", "server_name")):  # a name in TLS is the better one
        for _, _, get in _beside(path, "conn", other):
            uid, name = get("uid"), text(get(field))
            if isinstance(uid, str) and name:
                found[uid] = name.lower()[:255]
    return found


def _digests_beside(path: Path) -> dict[str, tuple[str, str, str]]:
    found: dict[str, tuple[str, str, str]] = {}
    for _, _, get in _beside(path, "ssl", "files"):
        fuid, digest = get("fuid"), text(get("sha256") or get("sha1") or get("md5"))
        if isinstance(fuid, str) and digest:
            found[fuid] = (digest, "", "")
    for _, _, get in _beside(path, "ssl", "x509"):
        fuid = get("id") or get("fingerprint")
        if isinstance(fuid, str):
            digest = text(get("fingerprint")) or found.get(fuid, ("",))[0]
            found[fuid] = (digest, text(get("certificate.subject")), text(get("certificate.issuer")))
    return found


def _conn(get: Record, beside: Joined) -> Row:
    uid = get("uid")
    sent, received = get("orig_ip_bytes"), get("resp_ip_bytes")
    return FlowRow(
        moment(get("ts")), address(get("id.orig_h")), address(get("id.resp_h")), port(get("id.resp_p")),
        text(get("proto")), text(get("service")), number(get("duration")),
        number(get("orig_bytes") if sent is None else sent), number(get("resp_bytes") if received is None else received),
        _STATES.get(get("conn_state") or "", ""), beside.names.get(uid, "") if isinstance(uid, str) else "",
    )  # fmt: skip


def _dns(get: Record, beside: Joined) -> Row | None:
    name = text(get("query")).lower().rstrip(".")
    if not name:
        return None
    answers = get("answers")
    told = answers.replace(",", " ") if isinstance(answers, str) else text(answers)
    return LookupRow(
        moment(get("ts")), address(get("id.orig_h")), address(get("id.resp_h")), name, text(get("qtype_name")),
        text(get("rcode_name")), text(told),
    )  # fmt: skip


def _ssl(get: Record, beside: Joined) -> Row:
    prints, fuids = _first(get("cert_chain_fps")), _first(get("cert_chain_fuids"))
    digest, subject, issuer = beside.digests.get(prints or fuids, ("", "", ""))
    return HandshakeRow(
        moment(get("ts")), address(get("id.orig_h")), address(get("id.resp_h")), port(get("id.resp_p")),
        text(get("server_name")).lower(), text(get("version")), text(get("ja3")), text(get("ja3s")), text(get("ja4")),
        prints or digest, text(get("subject")) or subject, text(get("issuer")) or issuer,
    )  # fmt: skip


def _first(value: Any) -> str:
    if isinstance(value, list):
        value = value[0] if value else None
    return text(value).partition(",")[0]


def _http(get: Record, beside: Joined) -> Row:
    return WebRequestRow(
        moment(get("ts")), address(get("id.orig_h")), address(get("id.resp_h")), port(get("id.resp_p")),
        text(get("method")), text(get("host")).lower(), text(get("uri")), text(get("user_agent")),
        number(get("status_code")), number(get("request_body_len")), number(get("response_body_len")),
    )  # fmt: skip


def _files(get: Record, beside: Joined) -> Row:
    source = _first(get("rx_hosts")) or text(get("id.orig_h"))
    return TransferRow(
        moment(get("ts")), address(source or "unknown"), _first(get("tx_hosts")) or text(get("id.resp_h")),
        text(get("filename")), text(get("mime_type")), number(get("seen_bytes")), text(get("md5")), text(get("sha1")),
        text(get("sha256")),
    )  # fmt: skip


def _x509(get: Record, beside: Joined) -> Row:
    print_ = text(get("fingerprint"))
    return TransferRow(
        moment(get("ts")), "unknown", "", text(get("certificate.subject")), "application/pkix-cert",
        sha256=print_ if len(print_) == 64 else "",
    )  # fmt: skip


_ROWS: dict[str, Callable[[Record, Joined], Row | None]] = {
    "conn": _conn, "dns": _dns, "ssl": _ssl, "http": _http, "files": _files, "x509": _x509,
}  # fmt: skip

__all__ = ["ZeekLog", "rows"]
