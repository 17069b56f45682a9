"""What the console shows of a host's event: its fields with what met a rule marked, the rules by name, the events that a
correlation is made of, and ATT&CK techniques with where to read of them (as text: a page leads nowhere outside)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from assay.core.decision import Decision
from assay.core.enclosed import Enclosed
from assay.core.finding import Finding, reason_at
from assay.kinds.hosts.reasons import CORRELATION
from assay.kinds.hosts.sigma.correlate import UNTIMED

SHOWN = 4000  # characters of a value
MOST = 200  # fields
# Fields that say where an event stands rather than what happened: they come last.
_AROUND = (
    "EventID", "Version", "Level", "Task", "Opcode", "Keywords", "EventRecordID", "Channel", "Computer", "Provider_Name", "SystemTime",
    "ExecutionProcessID", "RuleName", "UtcTime", "message",
)  # fmt: skip


def view(decision: Decision, exhibits: Sequence[Enclosed]) -> dict[str, Any]:
    """`fields` (name, value, met), those that met a rule first; `rules`; `techniques` (id, address); `source`; `timed`."""
    record = decision.evidence.get("record")
    flat: dict[str, Any] = record if isinstance(record, dict) else {}
    met = {where.field for finding in decision.findings for where in finding.where if where.field}
    shown = {name: _text(value) for name, value in flat.items() if not name.startswith("_")}
    names = sorted(shown, key=lambda name: (name not in met, name in _AROUND))
    return {
        "fields": [{"name": name, "value": shown[name], "met": name in met} for name in names[:MOST]],
        "left_out": max(0, len(names) - MOST),
        "rules": [rule for finding in decision.findings for rule in _rules(finding)],
        "techniques": [{"id": t, "address": address(t)} for finding in decision.findings for t in finding.techniques],
        "source": " / ".join(
            str(flat[name]) for name in ("_product", "_category", "_service", "_channel") if flat.get(name)
        ),
        "timed": UNTIMED not in flat,
    }


def address(technique: str) -> str:
    """Where ATT&CK describes a technique."""
    return "attack.mitre.org/techniques/" + technique.replace(".", "/") + "/"


def _rules(finding: Finding) -> list[dict[str, Any]]:
    """Each reason's rule, with the fields that met it and, of a correlation, its events."""
    out = []
    for number, reason in enumerate(finding.reasons):
        fields = dict.fromkeys(w.field for w in finding.where if w.field and reason_at(finding, w) == number)
        values = reason.values
        out.append({
            "code": reason.code, "title": str(values.get("title", "")), "id": str(values.get("rule", "")),
            "author": str(values.get("author", "")), "fields": list(fields), "times": str(values.get("times", "")),
            "events": str(values.get("events", "")).split(", ") if reason.code == CORRELATION else [],
        })  # fmt: skip
    return out


def _text(value: Any) -> str:
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return text[:SHOWN]


__all__ = ["address", "view"]
