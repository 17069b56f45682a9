"""Logs of a CAN bus: candump, Vector ASC and BLF, ASAM MDF 4, captures (pcap, pcapng), text in columns and parquet; text and captures
also gzipped.

Frames come out as `CanTrace`s of one bus each, at most a million frames long. A line that is no frame is refused by number.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np

from assay.core.batch import Batch
from assay.core.clock import moment
from assay.core.kind import RowError
from assay.formats.packed import head_of, opened
from assay.formats.pcap import is_capture
from assay.formats.whole import plain_file_name
from assay.kinds.vehicles.evidence import MOST_FRAMES, CanTrace

BLOCK = 1 << 22
MOST_BUSES = 16
_CANDUMP = re.compile(
    rb"\s*\((?:\d{1,13}|[\d-]{10} [\d:]{8})\.\d{1,9}\)\s+\S+\s+(?:[RT]X\s+\S+\s+\S+\s+)?[0-9A-Fa-f]{3,8}(#|\s+\[)"
)
_DATED = re.compile(rb"\((\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)\.")  # candump -tA
Reject = Callable[[RowError], None]
Parse = Callable[[bytes], tuple[np.ndarray, np.ndarray, int]]


class CanLog:
    """Told by the first bytes (BLF, MDF, parquet), the first lines (candump, ASC), or by columns that hold frames."""

    name = "vehicles.can"

    def sniff(self, head: bytes, path: Path) -> float:
        head = head_of(head)
        if _CANDUMP.match(head) or head.startswith(b"LOGG"):
            return 1.0
        if head.startswith((b"MDF     4", b"UnFinMF 4")):
            return 0.97
        if is_capture(head):
            from assay.kinds.vehicles.reading.captured import speaks_can

            return 1.0 if speaks_can(head) else 0.0
        if head.startswith(b"PAR1"):
            from assay.kinds.vehicles.reading.tables import is_table

            return 0.95 if is_table(path) else 0.0
        if b"\0" in head:
            return 0.0
        from assay.kinds.vehicles.reading.head import asc_head, layout_of

        return 0.98 if asc_head(head) else 0.95 if layout_of(head) else 0.0

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
    if head.startswith(b"LOGG"):
        from assay.kinds.vehicles.reading.blf import read_blf

        yield from read_blf(path, reject)
    elif head.startswith((b"MDF     ", b"UnFinMF ")):
        from assay.kinds.vehicles.reading.mf4 import read_mf4

        yield from read_mf4(path, reject)
    elif head.startswith(b"PAR1"):
        from assay.kinds.vehicles.reading.tables import read_table

        yield from read_table(path, reject)
    elif is_capture(head_of(head)):
        from assay.kinds.vehicles.reading.captured import read_capture

        yield from read_capture(path, reject)
    else:
        yield from _text(path, *_parser(head_of(head)), reject)


def _parser(head: bytes) -> tuple[Parse, bool]:
    """What reads blocks of a text that begins so, candump where nothing else is told; and does a line of names lead it?"""
    from assay.kinds.vehicles.reading.columns import parse_columns
    from assay.kinds.vehicles.reading.head import asc_head, layout_of
    from assay.kinds.vehicles.reading.lines import parse

    asc = asc_head(head)
    layout = None if asc is not None or _CANDUMP.match(head) else layout_of(head)
    if layout is None:
        lines = partial(parse, asc=asc, clock=np.zeros(1, np.int64))
        return (lambda block: lines(_undated(block))) if _DATED.match(head.lstrip()) else lines, False
    return partial(parse_columns, layout=layout), layout.named


def _undated(block: bytes) -> bytes:
    """With dates as seconds since 1970, as if the clock on the wall were UTC; one that is none stays, and its line is refused."""

    @cache
    def seconds(date: bytes) -> bytes:
        try:
            return b"%d" % datetime.fromisoformat(date.decode() + "+00:00").timestamp()
        except ValueError:
            return date

    return _DATED.sub(lambda found: b"(" + seconds(found[1]) + b".", block)


def _text(path: Path, parse: Parse, named: bool, reject: Reject) -> Iterator[np.ndarray]:
    from assay.kinds.vehicles.reading.lines import MOST_REFUSED

    done, rest, whole = 0, b"", False
    with opened(path) as file:
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
            frames, refused, lines = parse(text)
            if len(refused):
                told = text.split(b"\n")
                for line in refused.tolist():
                    if named and done + line == 0:
                        continue
                    reject(RowError(done + line + 1, "no CAN frame", told[line][:200].decode("utf-8", "replace")))
                if len(refused) == MOST_REFUSED:
                    reject(RowError(done + int(refused[-1]) + 2, "more lines like these follow, and are not told"))
            done += lines
            if len(frames):
                yield frames


__all__ = ["CanLog", "read_frames", "trace_of", "traces"]
