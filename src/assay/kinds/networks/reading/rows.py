"""Rows: what every reader makes of its format, and how rows become batches. One tuple a thing that happened; a batch of each type
goes out when enough rows are there, and at the end come the accounts of all of them together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any, NamedTuple

import msgspec
import numpy as np

from assay.core.batch import Batch
from assay.core.evidence import Evidence, column
from assay.kinds.networks import evidence
from assay.kinds.networks.accounts.memory import Memory

CHUNK = 16_384
NAN = float("nan")


class FlowRow(NamedTuple):
    """`time` microseconds since 1970; numbers that are not known are NaN. The rest as in `evidence.Flow`."""

    time: int
    source: str
    destination: str
    port: float = 0
    protocol: str = ""
    service: str = ""
    duration: float = NAN
    sent: float = NAN
    received: float = NAN
    state: str = ""
    name: str = ""


class LookupRow(NamedTuple):
    time: int
    source: str
    destination: str
    name: str
    type: str = ""
    code: str = ""
    answers: str = ""


class HandshakeRow(NamedTuple):
    time: int
    source: str
    destination: str
    port: float = 0
    name: str = ""
    version: str = ""
    ja3: str = ""
    ja3s: str = ""
    ja4: str = ""
    certificate: str = ""
    subject: str = ""
    issuer: str = ""


class WebRequestRow(NamedTuple):
    time: int
    source: str
    destination: str
    port: float = 0
    method: str = ""
    host: str = ""
    path: str = ""
    agent: str = ""
    status: float = NAN
    sent: float = NAN
    received: float = NAN


class TransferRow(NamedTuple):
    time: int
    source: str
    destination: str
    name: str = ""
    media: str = ""
    bytes: float = NAN
    md5: str = ""
    sha1: str = ""
    sha256: str = ""


class AlertRow(NamedTuple):
    time: int
    source: str
    destination: str
    port: float = 0
    protocol: str = ""
    rule: str = ""
    signature: str = ""
    category: str = ""
    level: float = 0
    techniques: str = ""
    action: str = ""


Row = AlertRow | FlowRow | LookupRow | HandshakeRow | WebRequestRow | TransferRow
TYPES: dict[type[Any], type[Evidence]] = {
    FlowRow: evidence.Flow, LookupRow: evidence.Lookup, HandshakeRow: evidence.Handshake,
    WebRequestRow: evidence.WebRequest, TransferRow: evidence.Transfer, AlertRow: evidence.Alert,
}  # fmt: skip


@cache
def _most(type_: type[Evidence]) -> dict[str, int]:
    """Field of text -> the most characters that the type allows; a log may hold longer ones. The others are numbers."""
    told = msgspec.inspect.type_info(type_)
    assert isinstance(told, msgspec.inspect.StructType)
    return {f.name: most for f in told.fields if (most := getattr(f.type, "max_length", None)) is not None}


def batches(
    rows: Iterable[Row], name: str, memory: Memory | None = None, *, contacts: bool = True
) -> Iterator[Batch[Any]]:
    """Batches of what `rows` tell, and then their accounts, which go on from `memory` and add to it. Ids are `name` and the
    row's place among those of its type. `contacts`: are pairs added up too? Not where a log of connections tells them."""
    from assay.kinds.networks.accounts import Accounts

    accounts = Accounts(name, memory, contacts=contacts)
    waiting: dict[type[Any], list[Any]] = {type_: [] for type_ in TYPES}
    done = dict.fromkeys(TYPES, 0)
    for row in rows:
        kind = type(row)
        there = waiting[kind]
        there.append(row)
        if len(there) == CHUNK:
            yield _kept(accounts, batch_of(kind, there, name, done[kind]))
            done[kind] += CHUNK
            waiting[kind] = []
            if accounts.full:
                yield from accounts.batches()
                accounts = accounts.next()
    for kind, there in waiting.items():
        if there:
            yield _kept(accounts, batch_of(kind, there, name, done[kind]))
    yield from accounts.batches()


def _kept(accounts: Any, batch: Batch[Any]) -> Batch[Any]:
    accounts.add(batch)
    return batch


def batch_of(kind: type[Any], rows: list[Any], name: str, start: int = 0) -> Batch[Any]:
    """Rows of one type as a batch."""
    type_ = TYPES[kind]
    parts = dict(zip(kind._fields, zip(*rows, strict=True), strict=True))
    time = np.array(parts.pop("time"), np.int64)
    columns = {"counted": np.ones(len(rows))}
    for field, values in parts.items():
        most = _most(type_).get(field)
        if most is None:
            columns[field] = np.array(values, np.float64)
        else:
            columns[field] = column([v if len(v) <= most else v[:most] for v in values], numeric=False)
    tag = "" if type_ is evidence.Flow else f"{type_.tag()}:"
    return Batch(type_, [f"{name}:{tag}{start + i + 1}" for i in range(len(rows))], time, columns)


__all__ = [
    "CHUNK", "NAN", "TYPES", "AlertRow", "FlowRow", "HandshakeRow", "LookupRow", "Row", "TransferRow", "WebRequestRow", "batch_of",
    "batches",
]  # fmt: skip
