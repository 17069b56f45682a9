"""CSV and parquet of a journey: a time, a place, and what else the recorder wrote, by the names of its columns or a mapping."""

from __future__ import annotations

import csv
import io

import numpy as np

from assay.core.errors import UnreadableInput
from assay.core.kind import RowError
from assay.formats.guess import guess_time
from assay.formats.mapping import Field, Mapping
from assay.formats.written import parse_times
from assay.kinds.vehicles.trips.reading.columns import is_journey, match, track_of
from assay.kinds.vehicles.trips.track import Track

_MOST_REFUSED = 1000
_MOST_RAGGED = 400_000  # rows of a table that has to be read row by row
_UNITS = {"us": 1, "ms": 1_000, "s": 1_000_000, "m": 60_000_000, "h": 3_600_000_000, "d": 86_400_000_000}


def told(head: bytes) -> bool:
    """Does the first line name the columns of a journey?"""
    return is_journey(_names(head))


def _names(head: bytes) -> list[str]:
    first = head.split(b"\n", 1)[0][:8192].decode("utf-8-sig", "replace").strip("\r")
    if not first.isprintable() and "\t" not in first:
        return []
    return [name.strip().strip('"') for name in first.split(_separator(first))]


def _separator(line: str) -> str:
    return max(",;\t|", key=line.count)


def read(content: bytes, reject, mapping: object = None) -> tuple[Track, int]:  # type: ignore[no-untyped-def]
    """Raises `UnreadableInput` where the columns are not those of a journey."""
    import polars as pl

    try:
        table = pl.read_parquet(io.BytesIO(content)) if content.startswith(b"PAR1") else _csv(content, reject)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise UnreadableInput(str(error).split("\n")[0][:200]) from None
    fields = (
        mapping.fields
        if isinstance(mapping, Mapping)
        else {k: Field(column=v) for k, v in match(table.columns).items()}
    )
    missing = [f"{k}: {f.column}" for k, f in fields.items() if f.column and f.column not in table.columns]
    if missing or not {"time", "latitude", "longitude"} <= fields.keys():
        raise UnreadableInput("a time, a latitude and a longitude are not among its columns", where=", ".join(missing))
    time = _times(table, fields["time"], pl)
    if not np.isfinite(time).any():
        raise UnreadableInput("no row has a time that can be read")
    for refused, row in enumerate(np.flatnonzero(~np.isfinite(time)).tolist()):
        if refused < _MOST_REFUSED:
            reject(RowError(row + 1, "time: cannot be read", str(table[fields["time"].column or ""][row])[:100]))
    origin = float(np.nanmin(time))
    columns = {k: _numbers(table[f.column], pl) * f.scale for k, f in fields.items() if k != "time" and f.column}
    theirs = {k: f.column or "" for k, f in fields.items()}
    return track_of(columns, theirs, (time - origin) / 1e6), round(origin)


def _csv(content: bytes, reject):  # type: ignore[no-untyped-def]
    """Text columns; a row of another width is refused, the rest goes on."""
    import polars as pl

    names = _names(content)
    sep = _separator(content.split(b"\n", 1)[0].decode("utf-8-sig", "replace"))
    try:
        return pl.read_csv(io.BytesIO(content), infer_schema=False, separator=sep)
    except pl.exceptions.PolarsError:
        csv.field_size_limit(10_000)
        rows: list[list[str | None]] = []
        refused = 0
        lines = csv.reader(io.StringIO(content.decode("utf-8-sig", "replace").replace("\0", "")), delimiter=sep)
        while True:
            try:
                row = next(lines)
            except StopIteration:
                break
            except csv.Error:
                row = []
            if len(rows) > _MOST_RAGGED:
                raise UnreadableInput(
                    f"a damaged table of more than {_MOST_RAGGED} rows", hint="mend it, or send a part"
                ) from None
            if len(row) == len(names):
                rows.append([cell or None for cell in row])
            elif row:
                refused += 1
                if refused <= _MOST_REFUSED:
                    reject(RowError(lines.line_num - 1, f"{len(row)} fields where the header has {len(names)}"))
        return pl.DataFrame(rows[1:], schema=dict.fromkeys(_distinct(names), pl.String), orient="row")


def _distinct(names: list[str]) -> list[str]:
    seen: dict[str, int] = {}
    out = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        out.append(name if seen[name] == 1 else f"{name}.{seen[name]}")
    return out


def _times(table, field: Field, pl) -> np.ndarray:  # type: ignore[no-untyped-def]
    """float64 microseconds since 1970; NaN where unreadable."""
    series = table[field.column]
    if isinstance(series.dtype, pl.Datetime):
        us = series.dt.cast_time_unit("us").cast(pl.Int64).cast(pl.Float64)
        return np.asarray(us.fill_null(float("nan")).to_numpy())
    if field.format is None and field.unit is None:
        sample = series.drop_nulls().head(200).to_list()
        field = guess_time(field.column or "", sample)
    if field.unit:
        values = _numbers(series, pl) * _UNITS[field.unit]
        return values + _since(field.origin)
    us = parse_times(series.cast(pl.String), field.format, field.zone).cast(pl.Float64)
    return np.asarray(us.fill_null(float("nan")).to_numpy())


def _since(day: str) -> float:
    try:
        return float(np.datetime64(day, "us").astype(np.int64))
    except ValueError:
        raise UnreadableInput(f"{day!r} is no day", where="origin") from None


def _numbers(series, pl) -> np.ndarray:  # type: ignore[no-untyped-def]
    if series.dtype == pl.String:
        series = series.str.strip_chars()
    values = np.array(series.cast(pl.Float64, strict=False).fill_null(float("nan")).to_numpy(), np.float64)
    return np.where(np.abs(values) < 1e15, values, np.nan)


__all__ = ["read", "told"]
