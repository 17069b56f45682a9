"""Tables into batches: csv, Parquet and JSON lines, through a `Mapping`, for any type of evidence made of plain fields.

Every row is validated against the type's own limits, column by column; a bad row goes to `reject` with its number (the
first data row is 1) and the field that is wrong, and the rest goes on. Files are read in chunks, in bounded memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import numpy as np
import polars as pl

from assay.core.batch import Batch
from assay.core.clock import parse_duration
from assay.core.errors import InvalidSetting, UnreadableInput
from assay.core.evidence import Evidence
from assay.core.kind import RowError
from assay.formats import delimited
from assay.formats.mapping import Field, Mapping
from assay.formats.written import joined, numbers_in, parse_times

E = TypeVar("E", bound=Evidence)
Reject = Callable[[RowError], None]

_UNIT_US = {"us": 1, "ms": 1_000, "s": 1_000_000, "m": 60_000_000, "h": 3_600_000_000, "d": 86_400_000_000}
_TRUE, _FALSE = ("1", "1.0", "true", "t", "yes", "y"), ("0", "0.0", "false", "f", "no", "n")
RUNNING_TEXT = 1_000  # a field that may hold so many characters holds text of several lines, not a name


def frames(path: Path, chunk: int = 65_536, reject: Reject | None = None) -> Iterator[tuple[int, pl.DataFrame]]:
    """`(number of the first row, frame)` pairs. csv and JSON lines come as text columns, Parquet as it is typed."""
    suffix = path.suffix.lower()
    if suffix in (".parquet", ".pq"):
        yield from _batched(pl.scan_parquet(path), chunk, path)
    elif suffix in (".jsonl", ".ndjson"):
        yield from _json_lines(path, chunk, reject)
    else:
        yield from delimited.frames(path, lambda lazy: _batched(lazy, chunk, path), chunk, reject)


def head(path: Path, rows: int = 1000) -> pl.DataFrame:
    """The first rows, as `frames` would give them; `UnreadableInput` where there is none."""
    for _, frame in frames(path, rows):
        return frame
    raise UnreadableInput("the table has no rows", where=str(path))


def read_table(path: Path, mapping: Mapping, type_: type[E], reject: Reject, chunk: int = 65_536) -> Iterator[Batch[E]]:
    """Batches of `type_` in file order, with `truth` and `known` where the mapping names a label.

    Ids default to `<file name>:<row>`. Raises `InvalidSetting` for a mapping that names absent columns or fields.
    """
    plan = _Plan(mapping, type_, path)
    for first, frame in frames(path, chunk, reject):
        batch = plan.batch(first, frame, reject)
        if len(batch):
            yield batch


def _batched(lazy: pl.LazyFrame, chunk: int, path: Path, first: int = 1) -> Iterator[tuple[int, pl.DataFrame]]:
    """Stream a lazy frame; polars may give bigger pieces than asked, so they are sliced."""
    try:
        for piece in lazy.collect_batches(chunk_size=chunk, maintain_order=True):
            for part in piece.iter_slices(chunk):
                yield first, part
                first += len(part)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise UnreadableInput(str(error).split("\n")[0], where=str(path)) from None


def _json_lines(path: Path, chunk: int, reject: Reject | None) -> Iterator[tuple[int, pl.DataFrame]]:
    """Flat JSON objects; nested values are refused, numbers kept as their text."""
    rows: list[dict[str, str | None]] = []
    first = 1
    with path.open("rb") as file:
        for number, line in enumerate(iter(lambda: file.readline(1 << 20), b""), 1):
            try:
                plain = (
                    msgspec.json.decode(line, type=dict[str, str | float | int | bool | None]) if line.strip() else None
                )
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                _tell(reject, RowError(number, str(error), line[:1000].decode("utf-8", "replace")))
                plain = None
            if plain is None:
                if rows:
                    yield first, _text_frame(rows)
                rows = []
                continue
            if not rows:
                first = number
            rows.append(
                {
                    k: None if v is None else v if isinstance(v, str) else msgspec.json.encode(v).decode()
                    for k, v in plain.items()
                }
            )
            if len(rows) >= chunk:
                yield first, _text_frame(rows)
                rows = []
    if rows:
        yield first, _text_frame(rows)


def _text_frame(rows: list[dict[str, str | None]]) -> pl.DataFrame:
    names = list(dict.fromkeys(name for row in rows for name in row))
    return pl.DataFrame({n: pl.Series([row.get(n) for row in rows], dtype=pl.String) for n in names})


def _tell(reject: Reject | None, error: RowError) -> None:
    if reject is not None:
        reject(error)


class _Plan:
    """A mapping bound to a type: how each column of a frame becomes a checked column of a batch."""

    def __init__(self, mapping: Mapping, type_: type[Evidence], path: Path) -> None:
        if mapping.kind != type_.tag():
            raise InvalidSetting(f"the mapping is for {mapping.kind!r}, not {type_.tag()!r}")
        self.mapping, self.type, self.path = mapping, type_, path
        self.rules = {
            f.name: _Rule(f.name, msgspec.inspect.type_info(f.type), type_.LIMITS.get(f.name))
            for f in msgspec.structs.fields(type_)
        }
        unknown = set(mapping.fields) - set(self.rules)
        if unknown:
            raise InvalidSetting(
                f"{type_.tag()} has no field {sorted(unknown)[0]!r}",
                where="fields",
                hint="fields: " + ", ".join(self.rules),
            )
        required = {f.name for f in msgspec.structs.fields(type_) if f.required} - {"id"}
        missing = required - set(mapping.fields)
        if missing:
            raise InvalidSetting(f"the mapping gives no {', '.join(sorted(missing))}", where="fields")
        self.extra: dict[str, bool] | None = None  # column -> numeric, settled on the first chunk

    def batch(self, first: int, frame: pl.DataFrame, reject: Reject) -> Batch[Any]:
        n = len(frame)
        faults: dict[int, str] = {}

        def fault(bad: np.ndarray, reason: str) -> None:
            for i in np.flatnonzero(bad)[:n]:
                faults.setdefault(int(i), reason)

        columns: dict[str, np.ndarray] = {}
        for name, field in self.mapping.fields.items():
            columns[name] = self.rules[name].read(self._series(frame, field), field, self.mapping.decimal, fault)
        time = columns.pop("time")
        for name, numeric in self._extras(frame).items():
            columns[f"extra.{name}"] = _extra(frame[name], numeric, self.mapping.decimal)
        ids = columns.pop("id", None)
        names = [f"{self.path.name}:{first + i}" for i in range(n)] if ids is None else ids.tolist()
        keep = np.ones(n, bool)
        for i, reason in sorted(faults.items()):
            keep[i] = False
            reject(RowError(first + i, reason, _raw(frame, i)))
        table: Batch[Any] = Batch(self.type, names, time, columns)
        if self.mapping.label:
            table.truth, table.known = self._labels(frame, time)
        table = table if keep.all() else table.take(keep)
        table.columns = self.type.from_table(table.columns)
        return table

    def _series(self, frame: pl.DataFrame, field: Field) -> pl.Series:
        if field.column is None:
            return pl.Series([field.constant]).new_from_index(0, len(frame))
        absent = [name for name in (field.column, field.clock) if name is not None and name not in frame.columns]
        if absent:
            raise InvalidSetting(
                f"the table has no column {absent[0]!r}",
                where=str(self.path),
                hint="columns: " + ", ".join(frame.columns[:40]),
            )
        return frame[field.column] if field.clock is None else joined(frame[field.column], frame[field.clock])

    def _extras(self, frame: pl.DataFrame) -> dict[str, bool]:
        if self.extra is None:
            used = {c for f in self.mapping.fields.values() for c in (f.column, f.clock)}
            label = self.mapping.label
            if label:
                used |= {label.column, label.time.column if label.time else None}
            wanted = (
                [c for c in frame.columns if c not in used] if self.mapping.extra == "all" else list(self.mapping.extra)
            )
            absent = [c for c in wanted if c not in frame.columns]
            if absent:
                raise InvalidSetting(f"the table has no column {absent[0]!r}", where="extra")
            self.extra = {c: _numeric(frame[c], self.mapping.decimal) for c in wanted}
        return {c: numeric for c, numeric in self.extra.items() if c in frame.columns}

    def _labels(self, frame: pl.DataFrame, time: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        label = self.mapping.label
        assert label is not None
        if label.column not in frame.columns:
            raise InvalidSetting(f"the table has no column {label.column!r}", where="label")
        text = frame[label.column].cast(pl.String)
        truth = text.is_in(label.fraud).fill_null(False).cast(pl.Float64).to_numpy().copy()
        truth[(text.is_null() | text.is_in(label.unknown)).fill_null(True).to_numpy()] = np.nan
        if label.time:
            known = _times(self._series(frame, label.time), label.time)
            truth[known == _NO_TIME] = np.nan
            return truth, np.maximum(known, time)
        return truth, time + parse_duration(label.delay)


_NO_TIME = np.iinfo(np.int64).min


class _Rule:
    """How one field of a type is read and checked, from its msgspec annotation."""

    def __init__(self, name: str, info: Any, limits: tuple[int, int] | None) -> None:
        inspect = msgspec.inspect
        self.name, self.optional = name, False
        if isinstance(info, inspect.UnionType):
            self.optional = info.includes_none
            info = next(t for t in info.types if not isinstance(t, inspect.NoneType))
        if isinstance(info, inspect.Metadata):
            info = info.type
        self.info = info
        self.choices = frozenset(map(str, info.values)) if isinstance(info, inspect.LiteralType) else None
        self.is_time = isinstance(info, inspect.DateTimeType)
        self.is_bool = isinstance(info, inspect.BoolType)
        self.is_number = isinstance(info, (inspect.IntType, inspect.FloatType, inspect.DecimalType))
        bounds: tuple[float | None, float | None] = limits or (getattr(info, "ge", None), getattr(info, "le", None))
        self.ge, self.le = bounds

    def read(
        self, series: pl.Series, field: Field, decimal: str, fault: Callable[[np.ndarray, str], None]
    ) -> np.ndarray:
        """The checked column: int64 microseconds, float64 or objects."""
        if self.is_time:
            time = _times(series, field)
            fault(time == _NO_TIME, f"{self.name}: not a time we can read")
            return time
        absent = series.is_null().to_numpy()
        if not self.optional and not self.is_bool:
            fault(absent, f"{self.name}: missing")
        if self.is_bool:
            text = series.cast(pl.String).str.to_lowercase()
            values = np.where(text.is_in(_TRUE).fill_null(False).to_numpy(), 1.0, np.nan)
            values[text.is_in(_FALSE).fill_null(False).to_numpy()] = 0.0
            fault(np.isnan(values) & ~absent, f"{self.name}: not true or false")
            return values
        if self.is_number:
            return self._numbers(_numbers(series, decimal) * field.scale, absent, fault)
        return self._texts(series, field, absent, fault)

    def _numbers(self, values: np.ndarray, absent: np.ndarray, fault: Callable[[np.ndarray, str], None]) -> np.ndarray:
        values[absent] = np.nan
        fault(~np.isfinite(values) & ~absent, f"{self.name}: not a number")
        with np.errstate(invalid="ignore"):
            if self.ge is not None:
                fault(values < float(self.ge), f"{self.name}: below {self.ge}")
            if self.le is not None:
                fault(values > float(self.le), f"{self.name}: above {self.le}")
        return values

    def _texts(
        self, series: pl.Series, field: Field, absent: np.ndarray, fault: Callable[[np.ndarray, str], None]
    ) -> np.ndarray:
        text = _as_text(series)
        if field.values:
            text = text.replace(field.values)
        low, high, pattern = (getattr(self.info, name, None) for name in ("min_length", "max_length", "pattern"))
        length = text.str.len_chars()
        if low is not None:
            fault((length < low).fill_null(False).to_numpy(), f"{self.name}: empty")
        if high is not None:
            fault((length > high).fill_null(False).to_numpy(), f"{self.name}: longer than {high} characters")
        # A name is one line; a text may have several.
        controls = r"[\x00-\x1f]" if high is not None and high < RUNNING_TEXT else r"[\x00-\x08\x0b\x0c\x0e-\x1f]"
        if text.str.contains(controls).fill_null(False).any():
            fault(text.str.contains(controls).fill_null(False).to_numpy(), f"{self.name}: control characters")
        if self.choices is not None:
            fault(
                (~text.is_in(self.choices)).fill_null(False).to_numpy(), f"{self.name}: none of {sorted(self.choices)}"
            )
        if pattern is not None:
            fault((~text.str.contains(pattern)).fill_null(False).to_numpy(), f"{self.name}: does not match {pattern}")
        return np.asarray(text.to_numpy(writable=True), dtype=object)


def _as_text(series: pl.Series) -> pl.Series:
    """Text of any column; whole floats lose their '.0', so that an id read as a number is the id people write."""
    if series.dtype.is_float() and (series.is_null() | series.is_nan() | (series == series.round())).all():
        series = series.fill_nan(None).cast(pl.Int64, strict=False)
    return series.cast(pl.String)


def _times(series: pl.Series, field: Field) -> np.ndarray:
    """int64 UTC microseconds; `_NO_TIME` where unreadable."""
    if series.dtype == pl.Date:
        series = series.cast(pl.Datetime("us"))
    if isinstance(series.dtype, pl.Datetime):
        if series.dtype.time_zone is None:
            series = series.dt.replace_time_zone(field.zone, ambiguous="earliest", non_existent="null")
        us = series.dt.convert_time_zone("UTC").dt.cast_time_unit("us").cast(pl.Int64)
    elif field.unit:
        since = parse_times(pl.Series([field.origin + " 00:00:00"]), None)[0]
        us = (series.cast(pl.Float64, strict=False) * _UNIT_US[field.unit]).round().cast(pl.Int64, strict=False) + since
    else:
        us = parse_times(_as_text(series), field.format, field.zone)
    return np.array(us.fill_null(_NO_TIME).to_numpy(), dtype=np.int64)


def _numbers(series: pl.Series, decimal: str) -> np.ndarray:
    """float64[n], NaN where there is none; text as people write numbers in tables."""
    if series.dtype == pl.String:
        plain = None if decimal == "," else series.str.strip_chars().cast(pl.Float64, strict=False)
        series = numbers_in(series, decimal) if plain is None or plain.null_count() > series.null_count() else plain
    return np.array(series.cast(pl.Float64, strict=False).fill_null(np.nan).to_numpy(), dtype=np.float64)


def _numeric(series: pl.Series, decimal: str) -> bool:
    if series.dtype.is_numeric() or series.dtype == pl.Boolean:
        return True
    if series.dtype != pl.String:
        return False
    kept = series.drop_nulls()
    return len(kept) > 0 and not np.isnan(_numbers(kept, decimal)).any()


def _extra(series: pl.Series, numeric: bool, decimal: str) -> np.ndarray:
    if numeric:
        return _numbers(series, decimal)
    out = np.empty(len(series), dtype=object)
    out[:] = series.cast(pl.String).str.slice(0, 128).to_list()
    return out


def _raw(frame: pl.DataFrame, i: int) -> str:
    return msgspec.json.encode(
        {k: None if v is None else str(v) for k, v in frame.row(i, named=True).items()}
    ).decode()[:1000]
