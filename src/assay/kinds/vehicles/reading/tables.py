"""Parquet tables of CAN frames: a time in seconds, an id in hexadecimal, the payload in hexadecimal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from assay.core.errors import UnreadableInput
from assay.core.kind import RowError
from assay.kinds.vehicles.frames import EXTENDED, FD, FRAME, LATEST, PARTS, parted
from assay.kinds.vehicles.reading.head import DATA, IDS, TIMES

MOST_BYTES = 1 << 31
_ROWS = 1 << 19
Reject = Callable[[RowError], None]


def is_table(path: Path) -> bool:
    """Does the parquet file have the three columns?"""
    import polars as pl

    try:
        return _columns(list(pl.read_parquet_schema(path))) is not None
    except (pl.exceptions.PolarsError, OSError, ValueError):
        return False


def _columns(names: list[str]) -> tuple[str, str, str] | None:
    known = {name.lower(): name for name in names}
    found = [next((known[n] for n in among if n in known), None) for among in (TIMES, IDS, DATA)]
    return None if None in found else (str(found[0]), str(found[1]), str(found[2]))


def read_table(path: Path, reject: Reject) -> Iterator[np.ndarray]:
    """FRAME blocks; rows without a time, an id or a payload are refused. Raises `UnreadableInput` where it is no table."""
    import polars as pl

    if path.stat().st_size > MOST_BYTES:
        raise UnreadableInput("the table is too large to be read at once", where=str(path), hint="split it")
    try:
        lazy = pl.scan_parquet(path)
        columns = _columns(lazy.collect_schema().names())
        if columns is None:
            raise UnreadableInput("a time, an id and a payload are not among its columns", where=str(path))
        table = lazy.select(columns).collect()
    except (pl.exceptions.PolarsError, OSError, ValueError) as error:
        raise UnreadableInput(str(error)[:300], where=str(path)) from None
    for start in range(0, len(table), _ROWS):
        yield from _block(table.slice(start, _ROWS), columns, start, reject)


def _block(table: Any, columns: tuple[str, str, str], start: int, reject: Reject) -> Iterator[np.ndarray]:
    import polars as pl

    frames = np.zeros(len(table), FRAME)
    seconds = table[columns[0]].cast(pl.Float64, strict=False).fill_null(float("nan")).to_numpy()
    text = table[columns[1]].cast(pl.String).fill_null("")
    names, place = np.unique(text.to_numpy().astype("S24"), return_inverse=True)
    ids = np.array([_id(name) for name in names.tolist()], np.int64)[place] if len(names) else np.zeros(0, np.int64)
    payload = table[columns[2]].cast(pl.String).fill_null("!").str.replace_all(" ", "", literal=True)
    length, words = _payloads(payload)
    with np.errstate(invalid="ignore", over="ignore"):
        good = (seconds >= 0) & (seconds * 1e6 <= LATEST) & (ids >= 0) & (length >= 0)
    for row in np.flatnonzero(~good).tolist():
        reject(RowError(start + row + 1, "no CAN frame", f"{text[row]}"[:100]))
    frames["time"][good] = np.rint(seconds[good] * 1e6)
    frames["id"][good], frames["length"][good], frames["data"][good] = ids[good], length[good], words[good, 0]
    frames["flags"][length > 8] = FD
    if good.any():
        yield parted(frames[good], words[good, 1:])


def _id(name: bytes) -> int:
    """-1 where it is none. A table that had been through a spreadsheet may say 290.0."""
    text = name.decode("ascii", "replace").lower().removeprefix("0x").removesuffix(".0")
    if not (0 < len(text) <= 8 and all(c in "0123456789abcdef" for c in text)):
        return -1
    value = int(text, 16)
    if value > 0x1FFFFFFF:
        return -1
    return value | EXTENDED if value > 0x7FF else value


_HEX = np.full(256, 255, np.uint8)
_HEX[np.frombuffer(b"0123456789", np.uint8)] = np.arange(10)
_HEX[np.frombuffer(b"abcdef", np.uint8)] = _HEX[np.frombuffer(b"ABCDEF", np.uint8)] = np.arange(10, 16)


def _payloads(text: Any) -> tuple[np.ndarray, np.ndarray]:
    """(bytes int64[n], -1 where it is no payload; uint64[n, words] eight of them a column, as many as the longest has)."""
    sizes = text.str.len_bytes().to_numpy().astype(np.int64)
    good = (sizes % 2 == 0) & (sizes <= 16 * PARTS)
    wide = 16 * max(1, -(-int(sizes[good].max(initial=0)) // 16))
    raw = text.str.slice(0, wide).str.pad_end(wide, "0").to_numpy().astype(f"U{wide}")
    codes = np.ascontiguousarray(raw).view(np.uint32).reshape(-1, wide)
    digits = np.where(codes < 256, _HEX[np.minimum(codes, 255)], 255).astype(np.uint8)
    good &= (digits != 255).all(axis=1)
    words = np.ascontiguousarray((digits[:, 0::2] << 4) | (digits[:, 1::2] & 15)).view("<u8")
    return np.where(good, sizes // 2, -1), np.where(good[:, None], words, 0)


__all__ = ["is_table", "read_table"]
