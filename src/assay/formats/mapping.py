"""A mapping says which column of somebody's table is which field of ours: a small YAML file, or our own guess at one.

```yaml
kind: payment
fields:
  id: TRANSACTION_ID                                   # a column by name
  time: {column: TX_DATETIME, format: "%Y-%m-%d %H:%M:%S", zone: Europe/Berlin}
  amount: {column: TX_AMOUNT, scale: 0.01}             # value x scale = our unit
  currency: {constant: EUR}
label: {column: TX_FRAUD, fraud: ["1"], delay: 7d}     # or `time:` the column that says when it became known
extra: [MCC_GROUP, DISTANCE]                           # passed through to the model; `all` for every column left over
```
"""

from __future__ import annotations

import re
from collections.abc import Mapping as MappingType
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import msgspec
import yaml

from assay.core.clock import parse_duration
from assay.core.errors import InvalidSetting
from assay.core.evidence import Evidence
from assay.formats.whole import read_whole

LARGEST = 1 << 20  # bytes of a mapping's file

Unit = Literal["s", "ms", "us", "m", "h", "d"]


class Field(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Where one field comes from: a `column`, or a `constant`.

    Times: `format` (strptime) with `zone`, or `unit` since `origin` for numbers. Numbers: `scale` multiplies.
    Text: `values` renames.
    """

    column: str | None = None
    constant: str | float | bool | None = None
    format: str | None = None
    zone: str = "UTC"
    unit: Unit | None = None
    origin: str = "1970-01-01"
    scale: float = 1.0
    values: dict[str, str] = {}


class LabelColumn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The truth: `fraud` lists the values that mean fraud; `delay` how late it becomes known, or `time` the column of
    that moment. `unknown` lists values that mean nobody knows."""

    column: str
    fraud: tuple[str, ...] = ("1", "1.0", "true", "True", "fraud", "yes", "Y")
    unknown: tuple[str, ...] = ("",)
    delay: str = "0s"
    time: Field | None = None


class Mapping(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """`fields`: our field -> where it comes from. `extra`: further columns for the model, or "all"."""

    kind: str
    fields: dict[str, Field]
    label: LabelColumn | None = None
    extra: list[str] | Literal["all"] = []

    def yaml(self) -> str:
        """The mapping as the file a person would write."""
        plain = msgspec.to_builtins(self)
        plain["fields"] = {k: v["column"] if set(v) == {"column"} else v for k, v in plain["fields"].items()}
        return str(yaml.safe_dump(plain, sort_keys=False, allow_unicode=True, default_flow_style=None, width=110))


def parse_mapping(text: str, where: str = "mapping") -> Mapping:
    """A mapping from YAML; `InvalidSetting` names the key that is wrong."""
    try:
        plain = yaml.safe_load(text)
        if isinstance(plain, dict) and isinstance(plain.get("fields"), dict):
            plain["fields"] = {k: {"column": v} if isinstance(v, str) else v for k, v in plain["fields"].items()}
        mapping = msgspec.convert(plain, Mapping)
        if mapping.label:
            parse_duration(mapping.label.delay)
    except yaml.YAMLError as error:
        raise InvalidSetting(str(error), where=where) from None
    except RecursionError:
        raise InvalidSetting("nested too deeply", where=where) from None
    except msgspec.ValidationError as error:
        raise InvalidSetting(str(error), where=where, hint="see docs/mapping.md") from None
    return mapping


def load_mapping(path: Path) -> Mapping:
    """A mapping from a YAML file."""
    try:
        return parse_mapping(read_whole(path, LARGEST).decode("utf-8"), str(path))
    except OSError as error:
        raise InvalidSetting(error.strerror or str(error), where=str(path)) from None
    except UnicodeDecodeError:
        raise InvalidSetting("not UTF-8 text", where=str(path), hint="see docs/mapping.md") from None


Synonyms = MappingType[str, Sequence[str]]
"""Our field -> the column names people give it, best first, lower case without punctuation."""


def plain_name(name: str) -> str:
    """'TX_DateTime' -> 'txdatetime': how names are compared."""
    return re.sub(r"[^a-z0-9\u4e00-\u9fff]", "", name.lower())


def guess_mapping(
    type_: type[Evidence],
    columns: Sequence[str],
    sample: MappingType[str, Sequence[Any]],
    synonyms: Synonyms,
    labels: Sequence[str] = (),
) -> Mapping:
    """Our best guess for a table: names decide the field, the sampled values decide format and unit.

    Columns that nobody claims are passed through as `extra` unless every value differs (an id) or none does.
    """
    plain = {plain_name(c): c for c in reversed(columns)}
    fields: dict[str, Field] = {}
    taken: set[str] = set()
    for ours, names in synonyms.items():
        found = next((plain[n] for n in names if n in plain and plain[n] not in taken), None)
        if found is not None:
            taken.add(found)
            fields[ours] = Field(column=found)
    label = next((plain[n] for n in labels if n in plain and plain[n] not in taken), None)
    if "time" in fields and fields["time"].column:
        fields["time"] = guess_time(fields["time"].column, sample.get(fields["time"].column, ()))
    rest = [c for c in columns if c not in taken and c != label and _useful(sample.get(c, ()))]
    return Mapping(type_.tag(), fields, LabelColumn(label) if label else None, rest)


_TIME_FORMATS = (
    "%Y-%m-%dT%H:%M:%S%.f%#z", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M", "%Y-%m-%d",
    "%d/%m/%Y %H:%M:%S", "%m/%d/%Y %H:%M:%S", "%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M", "%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M",
    "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%Y%m%d%H%M%S", "%Y%m%d",
)  # fmt: skip


def guess_time(name: str, values: Sequence[Any]) -> Field:
    """How to read a time column: a strptime format that fits every sampled value, or a unit since an origin.

    Small whole numbers are taken as time since an unknown start, which is set to 2020-01-01: in seconds, or in hours
    where the column is called a step.
    """
    import polars as pl

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
    series = pl.Series(texts or [""])
    for form in _TIME_FORMATS:
        if parse_times(series, form).null_count() == 0:
            return Field(column=name, format=form)
    return Field(column=name)


def parse_times(series: Any, form: str | None, zone: str = "UTC") -> Any:
    """A polars text series as UTC microseconds (Int64 series, null where unreadable)."""
    import polars as pl

    if form is None or form == _TIME_FORMATS[0]:
        parsed = series.str.strptime(pl.Datetime("us", "UTC"), "%Y-%m-%dT%H:%M:%S%.f%#z", strict=False)
        if form is None:
            naive = series.str.strptime(pl.Datetime("us"), "%Y-%m-%d %H:%M:%S%.f", strict=False)
            parsed = parsed.fill_null(_in_zone(naive, zone))
        return parsed.cast(pl.Int64)
    naive = "%z" not in form and "%#z" not in form and "%:z" not in form
    if not re.search(r"%[HIkMSTRcs+]", form):
        return _in_zone(series.str.strptime(pl.Date, form, strict=False).cast(pl.Datetime("us")), zone).cast(pl.Int64)
    if naive:
        return _in_zone(series.str.strptime(pl.Datetime("us"), form, strict=False), zone).cast(pl.Int64)
    return series.str.strptime(pl.Datetime("us", "UTC"), form, strict=False).cast(pl.Int64)


def _in_zone(naive: Any, zone: str) -> Any:
    return naive.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null").dt.convert_time_zone("UTC")


_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][-+]?\d+)?")


def _useful(values: Sequence[Any]) -> bool:
    kept = [v for v in values if v is not None and v != ""]
    if not kept or len(set(kept)) < 2:
        return False
    numbers = [float(v) for v in kept if isinstance(v, (int, float)) or (isinstance(v, str) and _NUMBER.fullmatch(v))]
    if len(numbers) == len(kept) > 100 and all(a <= b for a, b in pairwise(numbers)):
        return False  # it only rises: another clock or counter, and a model would learn the date from it
    text = [v for v in kept if isinstance(v, str) and not _NUMBER.fullmatch(v)]
    return len(text) < len(kept) / 2 or len(set(text)) < max(20, len(kept) / 10)
