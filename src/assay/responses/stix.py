"""A list as STIX 2.1 indicators (https://docs.oasis-open.org/cti/stix/v2.1/os/stix-v2.1-os.html), marked with a TLP level.

Ids are UUIDv5 of the list and the value in a namespace of our own (section 2.9 forbids that of observables), so that the same
value is the same indicator in every bundle; its `modified` moves only when what it says changes. A value that leaves its list
before its time is revoked, which tells every subscriber.
"""

from __future__ import annotations

import ipaddress
import uuid
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from assay.core.clock import moment
from assay.core.finding import Severity
from assay.responses.entries import Entry

OURS = uuid.uuid5(uuid.NAMESPACE_URL, "https://assay.invalid/responses")
# The marking definitions that the standard itself defines (section 7.2.1.4): their ids and times are fixed.
_TLP = {
    "white": "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9",
    "green": "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da",
    "amber": "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82",
    "red": "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed",
}
_HASHES = {32: "MD5", 40: "SHA-1", 64: "SHA-256"}
_CONFIDENCE = {
    Severity.CRITICAL: 95,
    Severity.HIGH: 85,
    Severity.MEDIUM: 60,
    Severity.LOW: 30,
    Severity.INFORMATIONAL: 15,
}
EPOCH = 1_767_225_600_000_000  # 2026-01-01: when the identity was first described


def bundle(name: str, holds: str, tlp: str, entries: Sequence[Entry], ledger: str) -> bytes:
    """The whole list with whom it is from and how it may be shared; the same list gives the same bytes."""
    objects = [marking(tlp), identity(ledger), *indicators(name, holds, tlp, entries, ledger)]
    plain = msgspec.json.encode(objects)
    id_ = f"bundle--{uuid.uuid5(OURS, plain.decode())}"
    return msgspec.json.format(msgspec.json.encode({"type": "bundle", "id": id_, "objects": objects}), indent=2) + b"\n"


def indicators(name: str, holds: str, tlp: str, entries: Iterable[Entry], ledger: str) -> list[dict[str, Any]]:
    """One for each entry. `ledger`: the id of the ledger whose findings these are."""
    return [_indicator(name, holds, tlp, entry, ledger) for entry in entries]


def _indicator(name: str, holds: str, tlp: str, entry: Entry, ledger: str) -> dict[str, Any]:
    why = entry.why
    return {
        "type": "indicator",
        "spec_version": "2.1",
        "id": f"indicator--{uuid.uuid5(OURS, f'{ledger}/{name}/{holds}/{entry.value}')}",
        "created_by_ref": identity(ledger)["id"],
        "created": stamp(entry.since),
        "modified": stamp(entry.newest),
        "name": f"{holds} {entry.value}"[:256],
        "description": f"{why.reason or 'decision'} ({why.severity}), in {entry.times} pieces of evidence",
        "indicator_types": ["anomalous-activity" if holds == "account" else "malicious-activity"],
        "pattern": pattern(holds, entry.value),
        "pattern_type": "stix",
        "pattern_version": "2.1",
        "valid_from": stamp(entry.since),
        "valid_until": stamp(entry.until),
        "labels": [name],
        "confidence": _CONFIDENCE[Severity[why.severity.upper()]],
        "external_references": [
            {"source_name": "assay", "external_id": why.finding, "description": why.detector or "policy"}
        ],
        "object_marking_refs": [_TLP[tlp]],
    }


def revoked(object_: dict[str, Any], now: int) -> dict[str, Any]:
    """The same indicator, taken back."""
    return object_ | {"revoked": True, "modified": max(stamp(now), object_["modified"])}


def pattern(holds: str, value: str) -> str:
    """The comparison that finds a value (section 9.5)."""
    quoted = "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
    if holds == "ip":
        return f"[ipv{ipaddress.ip_address(value).version}-addr:value = {quoted}]"
    if holds == "domain":
        return f"[domain-name:value = {quoted}]"
    if holds == "hash":
        return f"[file:hashes.'{_HASHES[len(value)]}' = {quoted}]"
    return f"[user-account:user_id = {quoted}]"


def identity(ledger: str) -> dict[str, Any]:
    """Whom the indicators are from: this installation, known by its ledger's id and not by its name."""
    return {
        "type": "identity",
        "spec_version": "2.1",
        "id": f"identity--{uuid.uuid5(OURS, ledger)}",
        "created": stamp(EPOCH),
        "modified": stamp(EPOCH),
        "name": "Assay",
        "identity_class": "system",
    }


def marking(tlp: str) -> dict[str, Any]:
    """A TLP level as the standard defines it."""
    return {
        "type": "marking-definition",
        "spec_version": "2.1",
        "id": _TLP[tlp],
        "created": "2017-01-20T00:00:00.000Z",
        "definition_type": "tlp",
        "name": f"TLP:{tlp.upper()}",
        "definition": {"tlp": tlp},
    }


def stamp(us: int) -> str:
    """A moment to the millisecond, as STIX writes it.

    >>> stamp(1_500_999)
    '1970-01-01T00:00:01.500Z'
    """
    at = moment(us)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}Z"
