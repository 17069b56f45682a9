"""Zeek's connection log, as tab-separated text or JSON lines, plain or gzipped."""

from __future__ import annotations

import gzip
import ipaddress
import zlib
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from assay.core.batch import Batch
from assay.core.errors import UnreadableInput
from assay.core.evidence import column
from assay.core.kind import RowError
from assay.formats.whole import plain_file_name
from assay.kinds.networks.evidence import Contact, Flow

CHUNK = 16_384
MAX_LINE = 1 << 20
MOST_PAIRS = 5_000_000  # contacts kept of one file; connections of later pairs are still flows
_NAMES = ("ts", "id.orig_h", "id.resp_h", "id.resp_p", "proto", "service", "duration", "orig_ip_bytes", "resp_ip_bytes")
Row = tuple[int, str, str, int, str, str, float, float, float]


class ConnectionLog:
    """Yields every connection as a `Flow`, and at the end every pair from inside to outside as a `Contact`."""

    name = "networks.zeek"

    def sniff(self, head: bytes, path: Path) -> float:
        if head.startswith(b"\x1f\x8b"):
            try:
                head = zlib.decompressobj(31).decompress(head, 65_536)
            except zlib.error:
                return 0.0
        if head.startswith(b"#separator") and b"#path\tconn" in head[:2000]:
            return 1.0
        first = head.split(b"\n", 1)[0]
        return 0.95 if first.startswith(b"{") and b'"id.orig_h"' in first and b'"conn_state"' in first else 0.0

    def read(self, path: Path, *, mapping: Any = None, reject: Callable[[RowError], None]) -> Iterator[Batch[Any]]:
        contacts = Contacts()
        rows: list[Row] = []
        done = 0
        name = plain_file_name(path, "conn")
        for row in _rows(path, reject):
            rows.append(row)
            if len(rows) == CHUNK:
                contacts.add(rows)
                yield _flows(rows, name, done)
                done, rows = done + len(rows), []
        if rows:
            contacts.add(rows)
            yield _flows(rows, name, done)
        whole = contacts.batch(name)
        if whole is not None:
            yield whole


def _rows(path: Path, reject: Callable[[RowError], None]) -> Iterator[Row]:
    import orjson

    columns: list[int] | None = None
    number = 0
    with _open(path) as file:
        while True:
            try:
                line = file.readline(MAX_LINE)
            except (OSError, EOFError, zlib.error) as error:
                reject(RowError(number + 1, f"the file is damaged from here on: {error}"))
                return
            if not line:
                return
            number += 1
            if line.startswith(b"#"):
                if line.startswith(b"#fields\t"):
                    names = line.rstrip(b"\r\n").decode("utf-8", "replace").split("\t")[1:]
                    missing = [n for n in _NAMES[:3] if n not in names]
                    if missing:
                        raise UnreadableInput(f"the log has no field {missing[0]}", where=str(path))
                    columns = [names.index(n) if n in names else -1 for n in _NAMES]
                continue
            try:
                if line.startswith(b"{"):
                    record = orjson.loads(line)
                    values: Sequence[Any] = [record.get(n) for n in _NAMES]
                elif columns is None:
                    raise ValueError("there is no line of field names before it")
                else:
                    parts = line.rstrip(b"\r\n").decode("utf-8", "replace").split("\t")
                    values = [None if c < 0 or parts[c] in ("-", "(empty)") else parts[c] for c in columns]
                yield _row(values)
            except (ValueError, IndexError, TypeError) as error:
                reject(RowError(number, f"no connection: {error}", line[:200].decode("utf-8", "replace")))


def _open(path: Path) -> Any:
    with path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
    return gzip.open(path, "rb") if packed else path.open("rb")


def _row(values: Sequence[Any]) -> Row:
    time, source, destination = float(values[0]), values[1], values[2]
    if not (isinstance(source, str) and isinstance(destination, str) and source and destination):
        raise ValueError("source or destination is missing")
    if not 0 <= time < 1e11:
        raise ValueError(f"{values[0]} is no time")
    numbers = [float("nan") if v is None else float(v) for v in values[6:9]]
    return (
        int(time * 1_000_000), source[:64], destination[:64], int(values[3] or 0), str(values[4] or "")[:16],
        str(values[5] or "")[:64], numbers[0], numbers[1], numbers[2],
    )  # fmt: skip


def _flows(rows: Sequence[Row], name: str, start: int) -> Batch[Any]:
    time, source, destination, port, protocol, service, duration, sent, received = zip(*rows, strict=True)
    columns = {
        "source": column(source, numeric=False),
        "destination": column(destination, numeric=False),
        "port": np.array(port, np.float64),
        "protocol": column(protocol, numeric=False),
        "service": column(service, numeric=False),
        "duration": np.array(duration, np.float64),
        "sent": np.array(sent, np.float64),
        "received": np.array(received, np.float64),
    }
    return Batch(Flow, [f"{name}:{start + i + 1}" for i in range(len(rows))], np.array(time, np.int64), columns)


class Contacts:
    """Adds connections up by source and destination."""

    def __init__(self) -> None:
        self._pairs: dict[tuple[str, str], int] = {}
        self._parts: list[np.ndarray] = []

    def add(self, rows: Sequence[Row]) -> None:
        """Only from inside to outside: what stays inside is not calling home."""
        kept: list[tuple[int, int, float]] = []
        for time, source, destination, _, _, _, _, sent, _ in rows:
            if not (internal(source) and external(destination)):
                continue
            pair = self._pairs.get((source, destination))
            if pair is None:
                if len(self._pairs) >= MOST_PAIRS:
                    continue
                pair = self._pairs[source, destination] = len(self._pairs)
            kept.append((pair, time // 1_000_000, 0 if sent != sent else sent))
        if kept:
            self._parts.append(np.array(kept, np.float64))

    def batch(self, name: str) -> Batch[Any] | None:
        """A `Contact` of every pair, at the time of its last connection; None where there was no pair."""
        if not self._parts:
            return None
        from assay.kinds.networks.beacons import beacon_scores

        whole = np.concatenate(self._parts)
        pair, time = whole[:, 0].astype(np.int64), whole[:, 1].astype(np.int64)
        found = beacon_scores(pair, time, whole[:, 2].astype(np.int64), len(self._pairs))
        last = np.zeros(len(self._pairs), np.int64)
        np.maximum.at(last, pair, time)
        columns = {
            "source": column([source for source, _ in self._pairs], numeric=False),
            "destination": column([destination for _, destination in self._pairs], numeric=False),
            "count": np.bincount(pair, minlength=len(self._pairs)).astype(np.float64),
            "score": found.score, "interval": found.interval, "size": found.size,
            "histogram": found.histogram, "duration": found.duration,
        }  # fmt: skip
        ids = [f"{name}:{source}>{destination}"[-128:] for source, destination in self._pairs]
        return Batch(Contact, ids, last * 1_000_000, columns)


@lru_cache(maxsize=1 << 16)
def internal(address: str) -> bool:
    """Is it one of the private ranges (RFC 1918, RFC 4193)?"""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(found in network for network in _PRIVATE if network.version == found.version)


@lru_cache(maxsize=1 << 16)
def external(address: str) -> bool:
    """Is it outside, and a single machine: not private, loopback, link-local, multicast or broadcast?"""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return bool(address)  # a name
    special = found.is_loopback or found.is_link_local or found.is_multicast or found.is_unspecified
    return not (special or internal(address) or address == "255.255.255.255")


_PRIVATE = [ipaddress.ip_network(n) for n in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")]

__all__ = ["ConnectionLog", "Contacts", "external", "internal"]
