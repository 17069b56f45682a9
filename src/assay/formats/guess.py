"""Which column of a table that nobody here shaped is which field: names decide the field, sampled values how it is written."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from collections.abc import Mapping as MappingType
from itertools import pairwise
from typing import Any, Literal

import msgspec

from assay.core.evidence import Evidence
from assay.formats.mapping import Field, LabelColumn, Mapping, Unit
from assay.formats.written import CLOCK, TIME_FORMATS, joined, parse_times

Synonyms = MappingType[str, Sequence[str]]
"""Our field -> the column names people give it, best first, as `plain_name` writes them."""
CLOCKS = (
    "time", "txtime", "transactiontime", "timeofday", "uhrzeit", "buchungszeit", "heure", "hora", "ora", "tijd", "时间", "交易时间",
)  # fmt: skip
_ASIDE = re.compile(
    r"[(（\[].*?[)）\]]|[\s_]+(in[\s_]+)?(EUR|USD|GBP|CHF|JPY|CNY|RMB|INR|BRL|MXN|PLN|SEK|NOK|DKK|CAD|AUD|SGD|HKD)$",
    re.IGNORECASE,
)
_TURNED = ({"%d/", "%m/"}, {"%d-", "%m-"})
FORMATS = 3  # ways to write a time in one column
_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][-+]?\d+)?")
_COMMA = re.compile(r"\d(?:[.\s\u00a0']\d{3})*,(\d+)\D*$")  # the last comma of a number, and what stands behind it


def plain_name(name: str) -> str:
    """How names are compared: 'TX_DateTime' -> 'txdatetime', 'Währung' -> 'wahrung'."""
    return re.sub(r"[^a-z0-9\u4e00-\u9fff]", "", unicodedata.normalize("NFKD", name.casefold()))


def named(columns: Iterable[str]) -> dict[str, str]:
    """Plain name -> column, the first of each; a column is also known without what stands in brackets, or the currency behind it:
    'Betrag (EUR)', 'Umsatz in EUR'."""
    columns = list(columns)
    bare = {plain_name(_ASIDE.sub("", c)): c for c in reversed(columns)}
    return bare | {plain_name(c): c for c in reversed(columns)}


def guess_mapping(
    type_: type[Evidence],
    columns: Sequence[str],
    sample: MappingType[str, Sequence[Any]],
    synonyms: Synonyms,
    labels: Sequence[str] = (),
) -> Mapping:
    """Our best guess for a table.

    Columns that nobody claims are passed through as `extra` unless every value differs (an id) or none does.
    """
    plain = named(columns)
    fields: dict[str, Field] = {}
    taken: set[str] = set()
    for ours, names in synonyms.items():
        found = next((plain[n] for n in names if n in plain and plain[n] not in taken), None)
        if found is not None:
            taken.add(found)
            fields[ours] = Field(column=found)
    label = next((plain[n] for n in labels if n in plain and plain[n] not in taken), None)
    if "time" in fields:
        fields["time"] = _time([plain[n] for n in (*synonyms["time"], *CLOCKS) if n in plain], taken, sample)
        taken |= {c for c in (fields["time"].column, fields["time"].clock) if c}
    rest = [c for c in columns if c not in taken and c != label and _useful(sample.get(c, ()))]
    numbers = [v for name in _numeric(type_) & fields.keys() for v in sample.get(fields[name].column or "", ())]
    return Mapping(type_.tag(), fields, LabelColumn(label) if label else None, rest, guess_decimal(numbers))


def guess_time(name: str, values: Sequence[Any]) -> Field:
    """How to read a time column: the strptime format that fits most sampled values, and others for those it leaves; or a unit
    since an origin.

    Small whole numbers are taken as time since an unknown start, which is set to 2020-01-01: in seconds, or in hours
    where the column is called a step.
    """
    texts = [str(v) for v in values if v is not None and str(v) != ""]
    numbers = [float(t) for t in texts if re.fullmatch(r"-?\d+(\.\d+)?", t)]
    if texts and len(numbers) == len(texts):
        biggest = max(numbers)
        if not (biggest > 1.9e7 and len(texts[0]) in (8, 14) and texts[0][:2] in ("19", "20")):
            for unit, scale in (("us", 1e15), ("ms", 1e12), ("s", 8e8)):
                if biggest >= scale:
                    return Field(column=name, unit=unit)  # type: ignore[arg-type]
            small: Unit = "h" if "step" in name.lower() else "d" if "day" in name.lower() else "s"
            return Field(column=name, unit=small, origin="2020-01-01")
    formats = guess_formats(texts)
    return Field(column=name, format=formats[0] if len(formats) == 1 else formats or None)


def guess_formats(texts: Sequence[str]) -> tuple[str, ...]:
    """Formats that read these times, the one that reads most first; a day is never read before its month in one row and behind it
    in another."""
    import polars as pl

    chosen: list[str] = []
    left = pl.Series(list(texts), dtype=pl.String)
    while len(left) and len(chosen) < FORMATS:
        open_ = [form for form in TIME_FORMATS if not any({form[:3], other[:3]} in _TURNED for other in chosen)]
        unread = {}
        for form in open_:
            unread[form] = parse_times(left, form).is_null()
            if not unread[form].any():
                break
        best = min(unread, key=lambda form: int(unread[form].sum()))
        if unread[best].all():
            break
        chosen.append(best)
        left = left.filter(unread[best])
    return tuple(chosen)


def guess_decimal(values: Iterable[Any]) -> Literal[".", ","]:
    """Which sign stands before the fraction: a comma where some number has one, and not before three digits everywhere."""
    behind = [found[1] for v in values if isinstance(v, str) and (found := _COMMA.search(v))]
    return "," if any(len(digits) != 3 for digits in behind) else "."


def _time(columns: Sequence[str], taken: set[str], sample: MappingType[str, Sequence[Any]]) -> Field:
    """Of columns named like a time, the first; where that holds a day alone, or a time of day, together with the other."""
    first = columns[0]
    if not _clocks(sample.get(first, ())):
        field = guess_time(first, sample.get(first, ()))
        clock = next((c for c in columns if c != first and c not in taken and _clocks(sample.get(c, ()))), None)
        if clock is None or not isinstance(field.format, str) or "%H" in field.format or "%I" in field.format:
            return field
        return _with_clock(first, clock, sample)
    day = next((c for c in columns if c not in taken and not _clocks(sample.get(c, ()))), None)
    return Field(column=first) if day is None else _with_clock(day, first, sample)


def _with_clock(day: str, clock: str, sample: MappingType[str, Sequence[Any]]) -> Field:
    import polars as pl

    both = joined(
        pl.Series(sample[day], dtype=pl.String, strict=False), pl.Series(sample[clock], dtype=pl.String, strict=False)
    )
    formats = guess_formats(both.drop_nulls().to_list())
    return Field(column=day, clock=clock, format=formats[0] if len(formats) == 1 else formats or None)


def _clocks(values: Sequence[Any]) -> bool:
    kept = [str(v).strip() for v in values if v not in (None, "")]
    return bool(kept) and all(CLOCK.fullmatch(v) for v in kept)


def _numeric(type_: type[Evidence]) -> set[str]:
    """The fields of a type that hold numbers."""
    inspect = msgspec.inspect
    kinds = (inspect.IntType, inspect.FloatType, inspect.DecimalType)
    found = set()
    for field in msgspec.structs.fields(type_):
        info = inspect.type_info(field.type)
        among = info.types if isinstance(info, inspect.UnionType) else (info,)
        if any(isinstance(t.type if isinstance(t, inspect.Metadata) else t, kinds) for t in among):
            found.add(field.name)
    return found


def _useful(values: Sequence[Any]) -> bool:
    kept = [v for v in values if v is not None and v != ""]
    if not kept or len(set(kept)) < 2:
        return False
    numbers = [float(v) for v in kept if isinstance(v, (int, float)) or (isinstance(v, str) and _NUMBER.fullmatch(v))]
    if len(numbers) == len(kept) > 100 and all(a <= b for a, b in pairwise(numbers)):
        return False  # it only rises: another clock or counter, and a model would learn the date from it
    text = [v for v in kept if isinstance(v, str) and not _NUMBER.fullmatch(v)]
    return len(text) < len(kept) / 2 or len(set(text)) < max(20, len(kept) / 10)
