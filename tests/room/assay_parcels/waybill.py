"""A heavy kind of evidence in the parcels room: a waybill, handed in as a file. Its lines say what examining it meets:

WAYBILL                    the first line
weight 3, weighed 9        what is declared and what the scale said; they should agree
account A, page HEX        traces: an account number (exact), a picture's hash of 256 bits (near)
face N, N, …               a trace: a vector (apart)
burn SECONDS               keeps the processor busy for so long
fail, crash                the detector raises; the process ends
holds NAME                 something enclosed: the rest of the file, from the next line on
"""

from __future__ import annotations

import os
import struct
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

from assay.core.batch import Batch
from assay.core.decision import Decision
from assay.core.enclosed import Enclosed, parts_of
from assay.core.evidence import Evidence
from assay.core.finding import Finding, Findings, Reason, Where
from assay.core.kind import RowError
from assay.core.profile import Profile
from assay.core.trace import Trace

HEAD = b"WAYBILL\n"


class Waybill(Evidence, frozen=True, kw_only=True, tag="waybill"):
    """A file somebody hands in with a parcel."""

    HEAVY: ClassVar[bool] = True
    ENTITIES = {"customer": "customer", "sender": "sender"}

    content: bytes = b""
    name: str = "waybill"
    customer: str | None = None
    sender: str | None = None

    def parts(self) -> Sequence[Evidence]:
        return parts_of(enclosed_in(self.content), self)

    def exhibits(self) -> Sequence[Enclosed]:
        return (Enclosed(name=self.name, media="text/plain", content=self.content),) if self.content else ()


def enclosed_in(content: bytes) -> list[Enclosed]:
    _head, sign, rest = content.partition(b"\nholds ")
    name, _, inner = rest.partition(b"\n")
    return [Enclosed(name=name.decode(), content=inner)] if sign else []


def said(content: bytes) -> list[list[str]]:
    """Its own lines, in words."""
    own = content.partition(b"\nholds ")[0]
    return [line.split() for line in own.decode("utf-8", "replace").splitlines() if line.split()]


class Weighed:
    """Declared and weighed must agree."""

    name, version, reads = "parcels.waybill", "1", (Waybill,)

    def examine(self, batch: Batch[Any], profile: Profile) -> Findings:
        found = []
        for i in range(len(batch)):
            told: dict[str, str] = {}
            for word, *rest in said(batch.item(i).content):
                if word == "burn":
                    until = time.perf_counter() + float(rest[0])
                    while time.perf_counter() < until:
                        pass
                elif word == "fail":
                    raise RuntimeError("a detector of the tests")
                elif word == "crash":
                    os._exit(7)
                elif rest:
                    told[word] = rest[0]
            if told.get("weight") != told.get("weighed", told.get("weight")):
                values = {"weight": told.get("weight", ""), "weighed": told["weighed"]}
                where = Where(page=1, box=(20, 10, 80, 30), rule="parcels.misweighed")
                found.append((i, finding(self, "counterfeit", "high", "parcels.misweighed", values, where)))
        return Findings.of(self.name, self.version, len(batch), found)


class Reused:
    """The same account or page in other hands."""

    name, version, reads, looks_back = "parcels.reuse", "1", (Waybill,), True

    def examine(self, batch: Batch[Any], profile: Profile) -> Findings:
        found = []
        for i in range(len(batch)):
            if seen := profile.sightings(i):
                values = {"evidence": seen[0].evidence, "kind": seen[0].kind}
                found.append((i, finding(self, "suspicious", "medium", "parcels.reused", values, seen[0].where)))
        return Findings.of(self.name, self.version, len(batch), found)


def finding(
    by: Weighed | Reused, verdict: str, severity: str, code: str, values: dict[str, Any], where: Where
) -> Finding:
    return Finding(
        detector=by.name, version=by.version, verdict=verdict, severity=severity,
        reasons=(Reason(code, 1.0, values),), where=(where,),
    )  # fmt: skip


def traces(batch: Batch[Any]) -> list[list[Trace]]:
    if batch.type is not Waybill:
        return [[] for _ in batch.ids]
    return [[trace for line in said(batch.item(i).content) for trace in _traces(line)] for i in range(len(batch))]


def _traces(line: list[str]) -> Iterator[Trace]:
    if line[0] == "account":
        yield Trace("account", line[1].encode(), where=Where(field="account"))
    elif line[0] == "page":
        yield Trace("page", bytes.fromhex(line[1]), near=10, where=Where(page=1))
    elif line[0] == "face":
        yield Trace("face", struct.pack(f"<{len(line) - 1}f", *map(float, line[1:])), apart=0.5)


class WaybillFile:
    """A file that begins with WAYBILL."""

    name = "parcels.waybill-file"

    def sniff(self, head: bytes, path: Path) -> float:
        return float(head.startswith(HEAD))

    def read(self, path: Path, *, mapping: Any = None, reject: Callable[[RowError], None]) -> Iterator[Batch[Any]]:
        when = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        yield Batch.of([Waybill(id=path.name, time=when, name=path.name, content=path.read_bytes())])

    def claims(self, enclosed: Enclosed) -> float:
        return float(enclosed.content.startswith(HEAD))

    def enclosed(self, enclosed: Enclosed, whole: Evidence, id_: str) -> Evidence:
        shared = {name: getattr(whole, name, None) for name in ("customer", "sender")}
        return Waybill(id=id_, time=whole.time, name=enclosed.name, content=enclosed.content, **shared)


def view(decision: Decision, exhibits: Sequence[Enclosed]) -> dict[str, Any]:
    """One page of 200 by 100, where the file is still kept."""
    pages = [{"number": n, "width": 200, "height": 100} for n, _ in enumerate(exhibits, 1)]
    return {"pages": pages, "lines": sum(len(said(one.content)) for one in exhibits)}


def picture(name: str, exhibits: Sequence[Enclosed]) -> bytes:
    """A plain PNG, its shade made of the file."""
    if name != "page-1":
        raise KeyError(name)
    shade = len(exhibits[0].content) % 200
    rows = b"".join(b"\0" + bytes([shade]) * 200 for _ in range(100))

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 200, 100, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
