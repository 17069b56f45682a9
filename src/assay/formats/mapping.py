"""A mapping says which column of somebody's table is which field of ours: a small YAML file, or our own guess at one (`guess.py`).

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

from pathlib import Path
from typing import Literal

import msgspec
import yaml

from assay.core.clock import parse_duration
from assay.core.errors import InvalidSetting
from assay.formats.whole import read_whole

LARGEST = 1 << 20  # bytes of a mapping's file
_YES = ("true", "fraud", "yes", "y", "t", "ja", "j", "oui", "si", "sí", "sim", "betrug", "fraude")
FRAUD = ("1", "1.0", *dict.fromkeys(f(word) for word in _YES for f in (str.lower, str.title, str.upper)), "是", "欺诈")
Unit = Literal["s", "ms", "us", "m", "h", "d"]


class Field(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Where one field comes from: a `column`, or a `constant`.

    Times: `format` (strptime; of several, the first that fits) with `zone`, or `unit` since `origin` for numbers; `clock` is a
    second column with the time of day. Numbers: `scale` multiplies. Text: `values` renames.
    """

    column: str | None = None
    clock: str | None = None
    constant: str | float | bool | None = None
    format: str | tuple[str, ...] | None = None
    zone: str = "UTC"
    unit: Unit | None = None
    origin: str = "1970-01-01"
    scale: float = 1.0
    values: dict[str, str] = {}


class LabelColumn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The truth: `fraud` lists the values that mean fraud; `delay` how late it becomes known, or `time` the column of
    that moment. `unknown` lists values that mean nobody knows."""

    column: str
    fraud: tuple[str, ...] = FRAUD
    unknown: tuple[str, ...] = ("",)
    delay: str = "0s"
    time: Field | None = None


class Mapping(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """`fields`: our field -> where it comes from. `extra`: further columns for the model, or "all". `decimal`: the sign before a
    number's fraction, in every column of text."""

    kind: str
    fields: dict[str, Field]
    label: LabelColumn | None = None
    extra: list[str] | Literal["all"] = []
    decimal: Literal[".", ","] = "."

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
