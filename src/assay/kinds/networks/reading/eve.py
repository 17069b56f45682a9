"""Suricata's EVE log: JSON lines with flows (or, where there are none, each direction of them by itself), DNS, TLS, HTTP, files and
the alerts of its own rules; what else there is (statistics, anomalies of its own decoders) is passed over."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from assay.core.batch import Batch
from assay.core.kind import RowError
from assay.formats.packed import head_of
from assay.formats.whole import plain_file_name
from assay.kinds.networks.reading.lines import address, lines, moment, number, port, refusal, text
from assay.kinds.networks.reading.rows import (
    AlertRow,
    FlowRow,
    HandshakeRow,
    LookupRow,
    Row,
    TransferRow,
    WebRequestRow,
    batches,
)
from assay.kinds.networks.reading.tables import Directions, letters, state_of

MOST_WAITING = 20_000  # questions without an answer so far
Event = dict[str, Any]


class SuricataLog:
    """Sure of lines that name an event type and a flow or two addresses."""

    name = "networks.eve"

    def sniff(self, head: bytes, path: Path) -> float:
        first = head_of(head).split(b"\n", 1)[0]
        if not first.startswith(b"{") or b'"event_type"' not in first:
            return 0.0
        return 0.97 if b'"src_ip"' in first or b'"flow_id"' in first or b'"stats"' in first else 0.0

    def read(self, path: Path, *, mapping: Any = None, reject: Callable[[RowError], None]) -> Iterator[Batch[Any]]:
        yield from batches(rows(path, reject), plain_file_name(path, "eve"))


def rows(path: Path, reject: Callable[[RowError], None]) -> Iterator[Row]:
    """A question is told with its answer, or without where none came."""
    import orjson

    waiting: dict[tuple[Any, Any], LookupRow] = {}
    names: dict[Any, str] = {}  # flow -> server's name, until the flow is told
    pairs, whole = Directions(), False
    for at, line in lines(path, reject):
        if not line.strip():
            continue
        try:
            event = orjson.loads(line)
            if not isinstance(event, dict):
                raise ValueError("no object")
            kind = event.get("event_type")
            if kind == "dns":
                yield from _dns(event, waiting)
            elif kind == "flow":
                whole = True
                yield _flow(event, names.pop(event.get("flow_id"), ""))
            elif kind == "netflow":
                if not whole:  # else it is told already
                    yield from pairs.add(*_direction(event))
            elif not isinstance(kind, str):
                raise ValueError("it names no event type")
            elif (make := _ROWS.get(kind)) is not None:
                row = make(event)
                yield row
                _remember(names, event, row)
        except (ValueError, TypeError, AttributeError, OverflowError) as error:
            reject(refusal(at, "no event", error, line))
    yield from waiting.values()
    yield from pairs.rest()


def _remember(names: dict[Any, str], event: Event, row: Row) -> None:
    name = row.name if isinstance(row, HandshakeRow) else row.host if isinstance(row, WebRequestRow) else ""
    if name and len(names) < 1_000_000:
        names[event.get("flow_id")] = name


def _ends(event: Event) -> tuple[int, str, str, float]:
    return (
        moment(event.get("timestamp")),
        address(event.get("src_ip")),
        address(event.get("dest_ip")),
        port(event.get("dest_port")),
    )


def _flow(event: Event, name: str) -> FlowRow:
    _, source, destination, to = _ends(event)
    flow = event.get("flow") or {}
    began, ended = moment(flow.get("start") or event.get("timestamp")), flow.get("end")
    duration = (moment(ended) - began) / 1e6 if ended else number(flow.get("age"))
    heard, protocol = number(flow.get("pkts_toclient")), text(event.get("proto")).lower()
    flags = str((event.get("tcp") or {}).get("tcp_flags_tc", ""))
    state = "attempt" if heard == 0 else "open" if heard > 0 else ""
    if protocol == "tcp" and flags in ("14", "04"):  # a reset, and no more than that
        state = "rejected"
    service = text(event.get("app_proto"))
    return FlowRow(
        began, source, destination, to, protocol, "" if service == "failed" else service, max(0.0, duration),
        number(flow.get("bytes_toserver")), number(flow.get("bytes_toclient")), state, name,
    )  # fmt: skip


def _direction(event: Event) -> tuple[FlowRow, float, str]:
    """One direction of a flow, with the port that it came from and its flags."""
    _, source, destination, to = _ends(event)
    told, protocol = event.get("netflow") or {}, text(event.get("proto")).lower()
    began, ended = moment(told.get("start") or event.get("timestamp")), told.get("end")
    flags = letters(int(str((event.get("tcp") or {}).get("tcp_flags", "0")), 16))
    row = FlowRow(
        began, source, destination, to, protocol, text(event.get("app_proto")), max(0.0, (moment(ended) - began) / 1e6 if ended else 0.0),
        number(told.get("bytes")), state=state_of(protocol, flags, False),
    )  # fmt: skip
    return row, port(event.get("src_port")), flags


def _dns(event: Event, waiting: dict[tuple[Any, Any], LookupRow]) -> Iterator[Row]:
    dns = event.get("dns") or {}
    time, source, destination, to = _ends(event)
    asked = dns.get("queries") or dns.get("query") or [dns]
    first = asked[0] if isinstance(asked, list) and asked else dns
    name = text(first.get("rrname") or dns.get("rrname")).lower().rstrip(".")
    key = (event.get("flow_id"), dns.get("id"))
    if dns.get("type") in ("query", "request"):
        if name:
            if len(waiting) >= MOST_WAITING:
                yield waiting.pop(next(iter(waiting)))
            waiting[key] = LookupRow(time, source, destination, name, text(first.get("rrtype")))
        return
    question = waiting.pop(key, None)
    if question is None:
        if not name:
            return
        if to != 53:  # an answer as it was sent: turn it round
            source, destination = destination, source
        question = LookupRow(time, source, destination, name, text(first.get("rrtype") or dns.get("rrtype")))
    answers = dns.get("answers")
    told = (
        text([a.get("rdata") for a in answers if isinstance(a, dict)])
        if isinstance(answers, list)
        else text(dns.get("rdata"))
    )
    yield question._replace(code=text(dns.get("rcode")), answers=told)


def _tls(event: Event) -> Row:
    time, source, destination, to = _ends(event)
    tls = event.get("tls") or {}
    return HandshakeRow(
        time, source, destination, to, text(tls.get("sni")).lower(), text(tls.get("version")).replace(" ", "v"),
        text((tls.get("ja3") or {}).get("hash")), text((tls.get("ja3s") or {}).get("hash")), text(tls.get("ja4")),
        text(tls.get("fingerprint")).replace(":", ""), text(tls.get("subject")), text(tls.get("issuerdn")),
    )  # fmt: skip


def _http(event: Event) -> Row:
    time, source, destination, to = _ends(event)
    http = event.get("http") or {}
    return WebRequestRow(
        time, source, destination, to, text(http.get("http_method")), text(http.get("hostname")).lower(),
        text(http.get("url")), text(http.get("http_user_agent")), number(http.get("status")), number(None),
        number(http.get("length")),
    )  # fmt: skip


def _file(event: Event) -> Row:
    time, source, destination, _ = _ends(event)
    told = event.get("fileinfo") or {}
    return TransferRow(
        time, destination, source, text(told.get("filename")), text(told.get("magic"))[:127], number(told.get("size")),
        text(told.get("md5")), text(told.get("sha1")), text(told.get("sha256")),
    )  # fmt: skip


def _alert(event: Event) -> Row:
    time, source, destination, to = _ends(event)
    alert = event.get("alert") or {}
    named = (alert.get("metadata") or {}).get("mitre_technique_id")
    rule = ":".join(text(alert.get(part)) for part in ("gid", "signature_id", "rev"))
    return AlertRow(
        time, source, destination, to, text(event.get("proto")).lower(), rule, text(alert.get("signature")),
        text(alert.get("category")), number(alert.get("severity")), text(named), text(alert.get("action")),
    )  # fmt: skip


_ROWS: dict[str, Callable[[Event], Row]] = {"alert": _alert, "tls": _tls, "http": _http, "fileinfo": _file}

__all__ = ["SuricataLog", "rows"]
