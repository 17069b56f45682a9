"""Evidence: one thing that happened or was handed in. Rooms subclass `Evidence`; the spine knows only this base.

JSON carries `{"kind": "<tag>", "id": …, "time": <RFC 3339>, …}`. Unknown fields are refused, so that a misspelt
field is an error and not silence.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

import msgspec
import numpy as np

from assay.core.entity import Entity

if TYPE_CHECKING:
    from assay.core.enclosed import Enclosed

_PLAIN_TEXT = r"^[^\x00-\x1f]+$"  # ids travel in lines: no control characters
Id = Annotated[
    str,
    msgspec.Meta(min_length=1, max_length=128, pattern=_PLAIN_TEXT, description="unique id; also the idempotency key"),
]
EntityId = Annotated[str, msgspec.Meta(min_length=1, max_length=128, pattern=_PLAIN_TEXT)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
Weight = Literal["transaction", "observation"]
Seal = Callable[[str, str], str]
"""`seal(kind, value) -> token`: keyed, one-way, the same token for the same value."""


class Evidence(
    msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", forbid_unknown_fields=True, omit_defaults=True
):
    """Base of every type of evidence; immutable.

    Class variables a room sets:
    `WEIGHT`: a *transaction* gets a decision each; an *observation* travels in batches and only its findings are kept.
    `ENTITIES`: entity kind -> the field that holds its id.
    `LIMITS`: decimal field -> lowest and highest value (floats and integers say theirs in their annotation).
    `HEAVY`: to examine one takes milliseconds or seconds, so it is done ahead of its turn in a process of its own, while
    light evidence goes on; larger bodies are taken, and detectors see the whole item even where columns are tokens.
    """

    WEIGHT: ClassVar[Weight] = "transaction"
    HEAVY: ClassVar[bool] = False
    ENTITIES: ClassVar[dict[str, str]] = {}
    LIMITS: ClassVar[dict[str, tuple[int, int]]] = {}

    id: Id
    time: datetime

    def __post_init__(self) -> None:
        for field, (low, high) in self.LIMITS.items():
            value = getattr(self, field)
            if value is not None and not (value.is_finite() and low <= value <= high):
                raise ValueError(f"{field}: {value} is not between {low} and {high}")

    @classmethod
    def tag(cls) -> str:
        """The `kind` that JSON carries for this type, such as 'payment'."""
        return str(cls.__struct_config__.tag)

    def entities(self) -> tuple[Entity, ...]:
        """What this evidence concerns; fields that are absent are left out."""
        found = ((kind, getattr(self, field)) for kind, field in self.ENTITIES.items())
        return tuple(Entity(kind, id_) for kind, id_ in found if id_)

    def parts(self) -> Sequence[Evidence]:
        """Evidence inside this evidence (attachments, pages, selfies); none by default."""
        return ()

    def exhibits(self) -> Sequence[Enclosed]:
        """Files to keep beside the record, encrypted, so that a person can look at them later; none by default."""
        return ()

    @classmethod
    def to_columns(cls, items: Sequence[Any]) -> dict[str, np.ndarray]:
        """The plain fields other than `id` and `time` as arrays of length `len(items)`: numbers as float64 (absent =
        NaN), text as objects (absent = None). Bytes and nested values stay with the item. A room overrides this to
        change units."""
        return {
            name: column([getattr(item, name) for item in items], numeric=numeric)
            for name, numeric in _fields(cls).items()
        }

    @classmethod
    def from_columns(cls, id_: str, time: datetime, row: dict[str, Any]) -> Evidence:
        """The inverse of `to_columns` for one row. NaN and None are left to the field's default."""
        return msgspec.convert(
            {"id": id_, "time": time, "kind": cls.tag()}
            | {k: plain(v) for k, v in row.items() if v is not None and v == v},
            cls,
            strict=False,
        )

    @classmethod
    def from_table(cls, columns: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Columns named after fields, as a table gave them, as the columns `to_columns` makes; the same by default."""
        return columns

    @classmethod
    def protect(cls, columns: dict[str, np.ndarray], seal: Seal) -> dict[str, np.ndarray]:
        """The columns with every sensitive value (card number, national id, template) replaced by a token.

        Called once, at the door, before anything is kept, profiled or logged; idempotent, since a token is not
        sensitive. May add columns derived from the plain value (a checksum's result, a BIN). The base has nothing
        sensitive and returns the same dict.
        """
        return columns


def column(values: Sequence[Any], *, numeric: bool) -> np.ndarray:
    """A list as a column: float64 with NaN for None, or objects."""
    if numeric:
        return np.array([np.nan if v is None else v for v in values], dtype=np.float64)
    out = np.empty(len(values), dtype=object)
    out[:] = values
    return out


def plain(value: Any) -> Any:
    """A numpy scalar as the Python value it holds; anything else as it is."""
    return value.item() if isinstance(value, np.generic) else value


_FIELDS: dict[type, dict[str, bool]] = {}


def _fields(cls: type) -> dict[str, bool]:
    """Field name -> is it numeric, for every plain field but id and time. Cached per type."""
    known = _FIELDS.get(cls)
    if known is None:
        found = {f.name: _numeric(msgspec.inspect.type_info(f.type)) for f in msgspec.structs.fields(cls)}
        known = {name: numeric for name, numeric in found.items() if numeric is not None and name not in ("id", "time")}
        _FIELDS[cls] = known
    return known


def _numeric(info: Any) -> bool | None:
    """True for numbers and booleans, False for text, None for anything that is no plain value."""
    inspect = msgspec.inspect
    if isinstance(info, inspect.Metadata):
        return _numeric(info.type)
    if isinstance(info, inspect.UnionType):
        kinds = {_numeric(t) for t in info.types if not isinstance(t, inspect.NoneType)}
        return kinds.pop() if len(kinds) == 1 else None
    if isinstance(info, inspect.StrType):
        return False
    if isinstance(info, inspect.LiteralType):  # one of some texts
        return False if all(isinstance(value, str) for value in info.values) else None
    numeric = isinstance(info, (inspect.IntType, inspect.FloatType, inspect.BoolType, inspect.DecimalType))
    return True if numeric else None
