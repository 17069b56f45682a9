"""Logs of a CAN bus: candump, Vector ASC (both also gzipped), and tables (CSV, parquet) with a time, an id and a payload.

Frames come out as `CanTrace`s of one bus each, at most a million frames long. A line that is no frame is refused by number.
"""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from assay.core.batch import Batch
from assay.core.clock import moment
from assay.core.kind import RowError
from assay.formats.whole import plain_file_name
from assay.kinds.vehicles.evidence import MOST_FRAMES, CanTrace

BLOCK = 1 << 22
MOST_BUSES = 16
_CANDUMP = re.compile(rb"\s*\(\d{1,13}\.\d{1,9}\)\s+\S+\s+[0-9A-Fa-f]{3,8}(#|\s+\[)")
_ASC = re.compile(rb"(?m)^base (hex|dec)\b")
Reject = Callable[[RowError], None]


class CanLog:
    """Text is told by its first lines, tables by their columns (see `tables`)."""

    name = "vehicles.can"

    def sniff(self, head: bytes, path: Path) -> float:
        if head.startswith(b"\x1f\x8b"):
            try:
                head = zlib.decompressobj(31).decompress(head, 65_536)
            except zlib.error:
                return 0.0
        if _CANDUMP.match(head):
            return 1.0
        if _ASC.search(head[:2000]):
            return 0.98
        from assay.kinds.vehicles.tables import is_table

        return 0.95 if is_table(head, path) else 0.0

    def read(self, path: Path, *, mapping: Any = None, reject: Reject) -> Iterator[Batch[Any]]:
        name = plain_file_name(path, "can")
        numbers: dict[int, int] = {}
        for frames in traces(read_frames(path, reject)):
            bus = int(frames["bus"][0])
            numbers[bus] = numbers.get(bus, 0) + 1
            yield Batch.of([trace_of(frames, f"{name}:{bus}:{numbers[bus]}")])


def trace_of(frames: np.ndarray, id_: str, vehicle: str | None = None) -> CanTrace:
    """FRAME[n], at least one, of one bus as evidence."""
    return CanTrace(
        id=id_,
        time=moment(int(frames["time"][0])),
        content=frames.tobytes(),
        bus=str(frames["bus"][0]),
        vehicle=vehicle,
    )


def traces(blocks: Iterator[np.ndarray]) -> Iterator[np.ndarray]:
    """Blocks of frames as stretches of one bus each, in order, at most `MOST_FRAMES` long."""
    kept: dict[int, list[np.ndarray]] = {}
    for block in blocks:
        for bus in np.unique(block["bus"])[:MOST_BUSES].tolist():
            if bus not in kept and len(kept) >= MOST_BUSES:
                continue
            parts = kept.setdefault(bus, [])
            own = block[block["bus"] == bus]
            parts.append(own)
            if sum(map(len, parts)) >= MOST_FRAMES:
                whole = np.concatenate(parts)
                full = len(whole) - len(whole) % MOST_FRAMES
                for start in range(0, full, MOST_FRAMES):
                    yield whole[start : start + MOST_FRAMES]
                kept[bus] = [whole[full:]]
    for parts in kept.values():
        whole = np.concatenate(parts)
        if len(whole):
            yield whole


def read_frames(path: Path, reject: Reject) -> Iterator[np.ndarray]:
    """FRAME blocks of a log, in its order."""
    with path.open("rb") as file:
        head = file.read(65_536)
    packed = head.startswith(b"\x1f\x8b")
    if packed:
        try:
            head = zlib.decompressobj(31).decompress(head, 65_536)
        except zlib.error:
            head = b""
    asc = _ASC.search(head[:2000])
    if asc is None and not _CANDUMP.match(head):
        from assay.kinds.vehicles.tables import is_table, read_table

        if is_table(head, path):
            yield from read_table(path, reject)
            return
    yield from _text(path, packed, asc is not None, asc is not None and asc[1] == b"dec", reject)


def _text(path: Path, packed: bool, asc: bool, decimal: bool, reject: Reject) -> Iterator[np.ndarray]:
    from assay.kinds.vehicles.lines import MOST_REFUSED, parse

    done, rest, whole = 0, b"", False
    with gzip.open(path, "rb") if packed else path.open("rb") as file:
        while not whole:
            try:
                block = file.read(BLOCK)
            except (OSError, EOFError, zlib.error) as error:
                reject(RowError(done + 1, f"the file is damaged from here on: {error}"))
                block = b""
            whole = not block
            cut = len(rest) + len(block) if whole else (rest + block).rfind(b"\n") + 1
            text, rest = (rest + block)[:cut], (rest + block)[cut:]
            if not whole and len(rest) >= BLOCK:  # one line of megabytes: no frame, and no reason to keep it
                rest = rest[:64]
            if not text:
                continue
            frames, refused, lines = parse(text, asc, decimal)
            if len(refused):
                told = text.split(b"\n")
                for line in refused.tolist():
                    reject(RowError(done + line + 1, "no CAN frame", told[line][:200].decode("utf-8", "replace")))
                if len(refused) == MOST_REFUSED:
                    reject(RowError(done + int(refused[-1]) + 2, "more lines like these follow, and are not told"))
            done += lines
            if len(frames):
                yield frames


__all__ = ["CanLog", "read_frames", "trace_of", "traces"]
