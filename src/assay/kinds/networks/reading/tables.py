"""Flow tables by the names of their columns: Argus binetflow, nfdump's CSV, CSV of flow meters, logs of clouds with blanks between, JSON
lines of collectors; and nfdump's `line`, `long` and `extended` text. NetFlow tells each direction by itself: the two are put together
where both are there."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from assay.core.batch import Batch
from assay.core.kind import RowError
from assay.formats.packed import head_of
from assay.formats.whole import plain_file_name
from assay.kinds.networks.reading.lines import address, lines, moment, number, port, refusal, text
from assay.kinds.networks.reading.rows import NAN, FlowRow, Row, batches

MOST_WAITING = 200_000  # flows that wait for their other direction
MOST_SHAPES = 1000  # sets of names of JSON lines that are remembered
WAIT = 120_000_000  # microseconds after which no answer is expected any more
_NAMES: dict[str, tuple[str, ...]] = {  # what a column holds -> how tables call it, lower case, without blanks or signs
    "time": ("starttime", "ts", "firstseen", "timestamp", "flowstarttimestamp", "first", "stime", "flowstartmilliseconds",
             "datefirstseen", "begin", "start", "tfirst", "timestampstart", "timeflowstartns", "timeflowstart", "flowstartseconds"),
    "end": ("te", "lastseen", "last", "endtime", "ltime", "flowendmilliseconds", "end", "tlast", "timestampend", "timeflowendns", "timeflowend",
            "flowendseconds"),
    "source": ("srcaddr", "sa", "srcip", "sourceip", "ipv4srcaddr", "sourceipv4address", "src", "srcipaddr", "saddr", "src4addr",
               "src6addr", "ipsrc", "sourceipv6address"),
    "destination": ("dstaddr", "da", "dstip", "destinationip", "ipv4dstaddr", "destinationipv4address", "dst", "dstipaddr", "daddr",
                    "dst4addr", "dst6addr", "ipdst", "destinationipv6address"),
    "source_port": ("sport", "sp", "srcport", "sourceport", "l4srcport", "sourcetransportport", "srcpt", "portsrc"),
    "port": ("dport", "dp", "dstport", "destinationport", "l4dstport", "destinationtransportport", "dstpt", "dsport", "portdst"),
    "protocol": ("proto", "pr", "protocol", "protocolidentifier", "ipproto"),
    "duration": ("dur", "td", "duration", "flowduration"),
    "sent": ("srcbytes", "sbytes", "ibyt", "inbytes", "totlenfwdpkts", "totallengthoffwdpackets", "octettotalcount", "bytes", "byt",
             "octetdeltacount"),
    "received": ("dstbytes", "dbytes", "obyt", "outbytes", "totlenbwdpkts", "totallengthofbwdpackets"),
    "total": ("totbytes",),
    "state": ("state", "flags", "flg", "flag", "tcpflags", "tcpcontrolbits", "action"),
    "service": ("service", "application"),
}  # fmt: skip
PROTOCOLS = {"6": "tcp", "17": "udp", "1": "icmp", "58": "icmp6", "47": "gre", "0": ""}
_LINE = re.compile(
    r"^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?)\s+(?:\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?\s+)?([\d.:]+)\s+(\S{1,12})\s+"
    r"(\S{1,64})\s+<?->?\s+(\S{1,64})\s+(.*)$"
)
_AMOUNT = re.compile(r"(\d[\d.]*)(?:\s+([KMGT])(?=\s|$))?")
_FLAGS = "FSRPAU"  # of TCP, from the lowest bit
_UNITS = {"K": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "": 1.0}


_ENDS = ("time", "source", "destination", "port", "protocol")
_NOTHING = ("NODATA", "SKIPDATA")  # what a cloud says of a while in which there was nothing, or too much


class FlowTable:
    """Sure of a first line whose names give a time, both addresses and a protocol, or of nfdump's own text."""

    name = "networks.flow-table"

    def sniff(self, head: bytes, path: Path) -> float:
        first = head_of(head)[:4096].split(b"\n", 1)[0].decode("utf-8", "replace").rstrip("\r")
        if not first.isprintable():
            return 0.0
        if first.startswith("Date first seen") or _LINE.match(first):
            return 0.95
        wanted = set(_ENDS)
        if first.startswith("{"):  # how much a flow in JSON moved must be told too: other records name two ends as well
            wanted.add("sent")
        try:
            names = list(_record(first)) if first.startswith("{") else _cells(first, _blank(first))
        except (ValueError, csv.Error):
            return 0.0
        return 0.95 if wanted <= set(columns_of(names)) else 0.0

    def read(self, path: Path, *, mapping: Any = None, reject: Callable[[RowError], None]) -> Iterator[Batch[Any]]:
        yield from batches(rows(path, reject), plain_file_name(path, "flows"))


def columns_of(names: list[str]) -> dict[str, int]:
    """What is known of a table's columns -> where it stands."""
    plain = [re.sub(r"[^a-z0-9]", "", name.lower()) for name in names]
    found: dict[str, int] = {}
    for what, known in _NAMES.items():
        at = next((plain.index(name) for name in known if name in plain), None)
        if at is not None:
            found[what] = at
    return found


class Columns:
    """A table's columns: `wide` where both directions stand in one line, `micro` where durations are microseconds."""

    def __init__(self, names: list[str]) -> None:
        """Raises `ValueError` where they tell no flow."""
        self.known = columns_of(names)
        if not {"time", "source", "destination"} <= set(self.known):
            raise ValueError("the first line does not name a time and two addresses")
        self.wide = "total" in self.known or "received" in self.known
        self.micro = any(re.sub(r"[^a-z]", "", name.lower()) in ("totfwdpkts", "totalfwdpackets") for name in names)


def rows(path: Path, reject: Callable[[RowError], None]) -> Iterator[Row]:
    """Flows in the file's order; where each direction has its own line, both together, when the second is met."""
    columns: Columns | None = None
    blank, shapes = False, dict[tuple[str, ...], Columns]()  # of JSON lines each may have names of its own
    pairs = Directions()
    for at, raw in lines(path, reject):
        line = raw.decode("utf-8", "replace").strip()
        if not line or line.startswith(("Date first seen", "Summary", "Time window", "Total flows", "Sys:", "#")):
            if line.startswith("Summary"):  # nfdump's last lines
                break
            continue
        try:
            if columns is None and (found := _LINE.match(line)) is not None:
                yield from pairs.add(*_nfdump_line(found))
                continue
            if line.startswith("{"):
                record = _record(line)
                names = tuple(record)
                columns = shapes.get(names) or Columns(list(names))
                if len(shapes) < MOST_SHAPES:
                    shapes[names] = columns
                parts = list(record.values())
            elif columns is None:
                blank = _blank(line)
                columns = Columns(_cells(line, blank))
                continue
            elif (parts := _cells(line, blank))[-1] in _NOTHING:
                continue
            row, source_port, flags = _row(columns, parts)
            if columns.wide:
                yield row
            else:
                yield from pairs.add(row, source_port, flags)
        except (ValueError, IndexError, TypeError, csv.Error, OverflowError) as error:
            reject(refusal(at, "no flow", error, raw))
    yield from pairs.rest()


def _blank(line: str) -> bool:
    """Do blanks stand between its names, as in the flow logs of clouds?"""
    return "," not in line and len(line.split()) >= len(_ENDS)


def _cells(line: str, blank: bool) -> list[str]:
    return line.split() if blank else next(csv.reader([line]), [])


def _record(line: str) -> dict[str, str]:
    """The plain values of a JSON object as text. Raises `ValueError` where it is none."""
    import orjson

    record = orjson.loads(line)
    if not isinstance(record, dict):
        raise ValueError("no object")
    return {name: str(value) for name, value in record.items() if isinstance(value, (str, int, float))}


class Directions:
    """Puts the two directions of a conversation together: the first one seen is that of who began it."""

    def __init__(self) -> None:
        self.waiting: dict[tuple[str, float, str, float, str], FlowRow] = {}

    def add(self, row: FlowRow, source_port: float, flags: str) -> Iterator[FlowRow]:
        """`flags` of TCP, as letters."""
        there = (row.destination, row.port, row.source, source_port, row.protocol)
        first = self.waiting.pop(there, None)
        if first is not None and abs(row.time - first.time) <= WAIT:
            longer = max(first.duration, (row.time - first.time) / 1e6 + row.duration)
            state = (
                "rejected" if "R" in flags and "S" not in flags else "open"
            )  # a reset, and nothing was opened before
            yield first._replace(received=row.sent, duration=longer, state=state)
            return
        if first is not None:
            yield first
        key = (row.source, source_port, row.destination, row.port, row.protocol)
        earlier = self.waiting.pop(key, None)
        if earlier is not None:
            yield earlier
        if len(self.waiting) >= MOST_WAITING:
            yield self.waiting.pop(next(iter(self.waiting)))
        self.waiting[key] = row

    def rest(self) -> Iterator[FlowRow]:
        """What got no answer. Of TCP that is an attempt only where nothing but a SYN went out."""
        yield from self.waiting.values()


def letters(flags: int) -> str:
    """Flags of TCP as letters."""
    return "".join(name for bit, name in enumerate(_FLAGS) if flags >> bit & 1)


def _nfdump_line(found: re.Match[str]) -> tuple[FlowRow, float, str]:
    """`line` ends in packets, bytes, flows; `long` and `extended` have flags and type of service before."""
    time, duration, protocol, source, destination, rest = found.groups()
    (host, source_port), (there, to) = _split(source), _split(destination)
    words = rest.split()
    flags = next((w for w in words if re.fullmatch(r"[.UAPRSFCEWN]{6,8}", w)), "")
    amounts = [
        float(n) * _UNITS[unit or ""] for n, unit in _AMOUNT.findall(rest.replace(flags, " ") if flags else rest)
    ]
    if flags and len(amounts) > 3:
        amounts = amounts[1:]  # the type of service
    if len(amounts) < 2:
        raise ValueError("no packets and bytes")
    seconds = float(duration) if ":" not in duration else 0.0
    kind = protocol.lower()
    return FlowRow(
        moment(time), address(host), address(there), to, kind, "", seconds, amounts[1], NAN, state_of(kind, flags, False)
    ), source_port, flags  # fmt: skip


def _split(end: str) -> tuple[str, float]:
    """`1.2.3.4:80`, or `fe80::1.80` as nfdump writes IPv6."""
    host, sign, to = end.rpartition("." if end.count(":") > 1 else ":")
    if not sign:
        return end, 0.0
    return host, port(to.partition(".")[0])


def _row(columns: Columns, parts: list[str]) -> tuple[FlowRow, float, str]:
    def get(what: str) -> str:
        at = columns.known.get(what, -1)
        return parts[at].strip() if 0 <= at < len(parts) else ""

    told = get("protocol").lower()
    protocol = PROTOCOLS.get(told, told)[:16]
    sent, total = number(get("sent")), number(get("total"))
    received = number(get("received")) if "received" in columns.known else total - sent
    if received < 0:
        raise ValueError(f"{sent:g} bytes were sent of {total:g} in all")
    duration = number(get("duration"))
    state = get("state")
    if state.isdigit() and protocol == "tcp":
        state = letters(int(state))
    time = moment(_seconds(get("time")))
    if duration != duration and get("end"):
        duration = max(0.0, (moment(_seconds(get("end"))) - time) / 1e6)
    flow = FlowRow(
        time, address(get("source")), address(get("destination")), port(get("port")), protocol, text(get("service")).strip("-"),
        duration / 1e6 if columns.micro else duration, sent, received, state_of(protocol, state, "_" in state, received),
    )  # fmt: skip
    return flow, port(get("source_port")), state


def _seconds(value: str) -> str:
    """Times of 13 digits are milliseconds, of 16 and 19 micro- and nanoseconds."""
    return value[:10] + "." + value[10:] if value.isdigit() and len(value) in (13, 16, 19) else value


def state_of(protocol: str, told: str, argus: bool, received: float = NAN) -> str:
    """Argus names what either side sent (`SRPA_FSPA`, `S_`, `S_RA`, `CON`, `INT`, `URP`, `REQ`); NetFlow has flags."""
    if argus:
        ours, _, theirs = told.partition("_")
        if not theirs:
            return "attempt" if "S" in ours else "partial"
        if "S" in theirs:
            return "open"
        return "rejected" if "R" in theirs and "S" in ours else "partial"
    if told in ("CON", "EST", "FIN", "CLO", "ACC", "ECO"):
        return "open"
    if told in ("INT", "REQ"):
        return "attempt"
    if told.startswith(("UR", "REJECT")):
        return "rejected"
    if protocol == "tcp" and told.strip(".") and set(told) <= set(".UAPRSFCEWN") and not received > 0:
        return "attempt" if "S" in told and "A" not in told and "R" not in told else "partial"
    if received == 0:
        return "attempt"
    return "open" if received > 0 else ""


__all__ = ["PROTOCOLS", "Directions", "FlowTable", "columns_of", "letters", "rows", "state_of"]
