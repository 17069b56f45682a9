"""JSON records of many makes as flat records under the names that rules use. What stands in a record says where it comes from;
nothing is guessed about one that does not say.

`normal` gives one flat record; `several` also takes records that hold many events (Google Workspace, CloudTrail's look-up).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from assay.kinds.hosts import cloud, schemas
from assay.kinds.hosts.exported import exported
from assay.kinds.hosts.journal import carried
from assay.kinds.hosts.sigma.correlate import UNTIMED
from assay.kinds.hosts.windows import MAX_VALUE, event_number, flatten

MAX_NAMES = 2000  # fields of a record
MAX_DEPTH = 12
MAX_WITHIN = 1000  # events inside one record
Flat = dict[str, Any]
OURS = frozenset(
    ("_product", "_category", "_service", "_channel", "_id", "_hints", UNTIMED)
)  # never a record's own words


def several(record: dict[str, Any]) -> Iterator[Flat]:
    """The flat records of one JSON object: mostly one."""
    for one in cloud.within(record, MAX_WITHIN):
        yield normal(one)


def normal(record: dict[str, Any]) -> Flat:
    """A JSON record flat, with what its own fields say of its source."""
    if isinstance(inner := record.get("_source"), dict):  # as Elasticsearch gives its documents out
        record = inner
    if isinstance(record.get("Event"), dict):
        return flatten(record)
    if (inner := carried(record) or exported(record)) is not None:
        return inner
    winlog = record.get("winlog")
    if isinstance(winlog, dict):
        return _winlogbeat(record, winlog)
    flat: Flat = {}
    _dotted(flat, record, "", 0)
    channel = flat.get("Channel")
    if isinstance(channel, str) and "EventID" in flat:
        flat["_channel"], flat["_id"] = channel.lower(), event_number(flat["EventID"])
    elif "class_uid" in flat and ("metadata.version" in flat or "category_uid" in flat):
        schemas.ocsf(flat)
    elif not cloud.named(flat, record) and ("ecs.version" in flat or "event.category" in flat):
        schemas.ecs(flat)
    return flat


def _winlogbeat(record: dict[str, Any], winlog: dict[str, Any]) -> Flat:
    """A Windows event as Elastic's Winlogbeat and agent send it."""
    data = winlog.get("event_data") or winlog.get("user_data") or {}
    system = {
        "EventID": winlog.get("event_id"), "Channel": winlog.get("channel"), "Computer": winlog.get("computer_name"),
        "TimeCreated": {"#attributes": {"SystemTime": record.get("@timestamp")}},
        "Provider": {"#attributes": {"Name": winlog.get("provider_name")}},
    }  # fmt: skip
    return flatten({"Event": {"System": system, "EventData": data}})


def _dotted(flat: Flat, value: dict[str, Any], before: str, depth: int) -> None:
    """Nested fields by dotted names; of a list of objects each name holds what all of them have."""
    for name, inner in value.items():
        if len(flat) >= MAX_NAMES:
            return
        whole = f"{before}{name}"
        if whole in OURS:
            continue
        if isinstance(inner, dict):
            if depth < MAX_DEPTH:
                _dotted(flat, inner, f"{whole}.", depth + 1)
        elif isinstance(inner, list):
            plain = [_text(v) for v in inner[:1000] if not isinstance(v, (dict, list)) and v is not None]
            if plain:
                _also(flat, whole, plain)
            for one in inner[:50]:
                if isinstance(one, dict) and depth < MAX_DEPTH:
                    nested: Flat = {}
                    _dotted(nested, one, f"{whole}.", depth + 1)
                    for key, found in nested.items():
                        _also(flat, key, found)
        elif inner is not None:
            flat[whole] = _text(inner)


def _also(flat: Flat, name: str, value: Any) -> None:
    """Another value of a field that may have one already."""
    known = flat.get(name)
    if known is None:
        if len(flat) < MAX_NAMES:
            flat[name] = value
        return
    listed = known if isinstance(known, list) else [known]
    flat[name] = (listed + (value if isinstance(value, list) else [value]))[:1000]


def _text(value: Any) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)[:MAX_VALUE]


__all__ = ["MAX_NAMES", "OURS", "normal", "several"]
