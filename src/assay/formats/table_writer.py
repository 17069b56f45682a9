"""Batches written out as a table (csv, Parquet or JSON lines by the file's suffix), with the mapping that reads it back."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from assay.core.batch import Batch
from assay.core.errors import InvalidSetting
from assay.formats.mapping import Field, LabelColumn, Mapping

SUFFIXES = (".csv", ".parquet", ".jsonl")


def frame_of(batch: Batch[Any]) -> pl.DataFrame:
    """One batch as a table: id, time, the type's own fields, extras under their own names, `label` and `label_time`."""
    fields = set(batch.type.__struct_fields__)
    columns: dict[str, pl.Series] = {
        "id": pl.Series(batch.ids),
        "time": pl.Series(batch.time).cast(pl.Datetime("us", "UTC")),
    }
    for name, values in batch.columns.items():
        if name.startswith("extra."):
            columns[name[6:]] = _series(values)
        elif name in fields:
            columns[name] = _series(values)
    if batch.truth is not None and batch.known is not None:
        columns["label"] = pl.Series(batch.truth).fill_nan(None).cast(pl.Int8)
        columns["label_time"] = pl.Series(batch.known).cast(pl.Datetime("us", "UTC"))
    return pl.DataFrame(columns)


def mapping_of(batch: Batch[Any]) -> Mapping:
    """The mapping that reads such a table."""
    known = set(batch.type.__struct_fields__)
    fields = {name: Field(column=name) for name in ("id", "time", *(c for c in batch.columns if c in known))}
    extra = [name[6:] for name in batch.columns if name.startswith("extra.")]
    label = LabelColumn("label", time=Field(column="label_time")) if batch.truth is not None else None
    return Mapping(batch.type.tag(), fields, label, extra)


def write_table(
    batches: Iterable[Batch[Any]], path: Path, step: Callable[[int], None] = lambda _done: None
) -> dict[str, Any]:
    """Write every batch and, beside the file, `<name>.mapping.yaml`; returns rows, frauds and both paths."""
    if path.suffix not in SUFFIXES:
        raise InvalidSetting(
            f"cannot write {path.suffix or 'a file without suffix'}", where=str(path), hint="use " + ", ".join(SUFFIXES)
        )
    frames, rows, frauds, mapping = [], 0, 0, None
    for batch in batches:
        frames.append(frame_of(batch))
        mapping = _wider(mapping, mapping_of(batch))
        rows += len(batch)
        frauds += int(np.nansum(batch.truth)) if batch.truth is not None else 0
        step(len(batch))
    if mapping is None:
        raise InvalidSetting("the world is empty", where=str(path))
    table = pl.concat(frames, how="diagonal_relaxed")
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".parquet":
        table.write_parquet(path)
    else:
        text = table.with_columns(pl.col(pl.Datetime).dt.strftime("%Y-%m-%dT%H:%M:%S%.6fZ"))
        (text.write_csv if path.suffix == ".csv" else text.write_ndjson)(path)
    beside = path.with_suffix(".mapping.yaml")
    beside.write_text(mapping.yaml(), "utf-8")
    return {"rows": rows, "frauds": frauds, "out": str(path), "mapping": str(beside)}


def _wider(a: Mapping | None, b: Mapping) -> Mapping:
    if a is None:
        return b
    assert isinstance(a.extra, list)
    assert isinstance(b.extra, list)
    return Mapping(
        a.kind, a.fields | b.fields, a.label or b.label, [*a.extra, *(c for c in b.extra if c not in a.extra)]
    )


def _series(values: np.ndarray) -> pl.Series:
    if values.dtype == object:
        return pl.Series(values.tolist(), dtype=pl.String)
    return pl.Series(values).fill_nan(None) if values.dtype.kind == "f" else pl.Series(values)
