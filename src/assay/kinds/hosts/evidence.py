"""`LogRecord`: one line or event of a log. Records come in millions: they travel in columnar batches, and only what is found
in them is kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal

import msgspec
import numpy as np

from assay.core.evidence import Evidence, column

EntityId = Annotated[str, msgspec.Meta(min_length=1, max_length=256, pattern=r"^[^\x00-\x1f]+$")]


class LogRecord(Evidence, frozen=True, kw_only=True, tag="log-record"):
    """`fields` name -> value, flat, under the names that rules use; `product`, `category` and `service` as in a Sigma log
    source, where the sender knows them."""

    WEIGHT: ClassVar[Literal["transaction", "observation"]] = "observation"
    ENTITIES: ClassVar[dict[str, str]] = {"host": "host", "user": "user", "ip": "ip"}

    fields: dict[str, str | list[str]] = {}
    product: Annotated[str, msgspec.Meta(max_length=64)] = ""
    category: Annotated[str, msgspec.Meta(max_length=64)] = ""
    service: Annotated[str, msgspec.Meta(max_length=64)] = ""
    host: EntityId | None = None
    user: EntityId | None = None
    ip: EntityId | None = None

    @classmethod
    def to_columns(cls, items: Sequence[Any]) -> dict[str, np.ndarray]:
        """The plain fields, and `record`: the fields with what is known of their source, as rules read them."""
        columns = super().to_columns(items)
        columns["record"] = column([_record(item) for item in items], numeric=False)
        return columns

    @classmethod
    def from_columns(cls, id_: str, time: datetime, row: dict[str, Any]) -> LogRecord:
        """The inverse: what stands in `record` under names that begin with `_` is of the source, the rest are fields."""
        record = row.get("record") or {}
        told = {name: str(record.get(f"_{name}") or "")[:64] for name in ("product", "category", "service")}
        whom = {name: value for name in ("host", "user", "ip") if (value := row.get(name))}
        fields = {name: value for name, value in record.items() if not name.startswith("_")}
        return cls(id=id_, time=time, fields=fields, **told, **whom)


def _record(item: LogRecord) -> dict[str, Any]:
    from assay.kinds.hosts.windows import event_number

    known = {"_product": item.product, "_category": item.category, "_service": item.service}
    channel = item.fields.get("Channel")
    if isinstance(channel, str) and item.product in ("", "windows"):
        known |= {"_channel": channel.lower(), "_id": event_number(item.fields.get("EventID"))}  # type: ignore[dict-item]
    return {name: value for name, value in item.fields.items() if name[:1] != "_"} | known


__all__ = ["LogRecord"]
