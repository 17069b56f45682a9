"""A ledger as lines of JSON: its own records, or its findings for other security tools (see `ocsf`)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import msgspec

from assay.core.clock import iso
from assay.core.errors import InvalidSetting
from assay.ledger.base import Record
from assay.ledger.ocsf import detection_finding

if TYPE_CHECKING:
    from assay.ledger.reader import SqliteReader

_encode = msgspec.json.Encoder().encode


def export(ledger: SqliteReader, form: str, after_seq: int) -> Iterator[bytes]:
    """Lines, each with its line feed. Raises `InvalidSetting` for a form we do not write."""
    if form == "jsonl":
        return (_encode(line) + b"\n" for record in ledger.replay(after_seq) for line in _record(record))
    if form == "ocsf":
        return (_encode(line) + b"\n" for record in ledger.replay(after_seq) for line in _findings(record))
    raise InvalidSetting(f"no export form {form!r}", hint="jsonl or ocsf")


def _record(record: Record) -> Iterator[dict[str, Any]]:
    arrived = iso(record.arrived)
    if record.decisions is not None:
        for i in range(record.count):
            decision = record.decisions.decision(i)
            plain = msgspec.to_builtins(decision) | {"time": iso(decision.time), "decided": iso(decision.decided)}
            yield {"record": "decision", "seq": decision.seq, "arrived": arrived} | plain
    for i, label in enumerate(record.labels):
        yield {"record": "label", "seq": record.seq + i, "arrived": arrived} | msgspec.to_builtins(label)
    if record.audit is not None:
        yield {"record": "audit", "seq": record.seq, "arrived": arrived} | msgspec.to_builtins(record.audit)


def _findings(record: Record) -> Iterator[dict[str, Any]]:
    if record.decisions is None:
        return
    observed = record.decisions.batch.type.WEIGHT == "observation"
    for row in sorted(record.decisions.details):
        decision = record.decisions.decision(row)
        for ordinal, finding in enumerate(decision.findings):
            yield detection_finding(decision, ordinal, finding, observed=observed)
