"""Misbehaviour reports: what was found of one sender, in the fields of ETSI TS 103 759 and, for basic safety messages, the numbers of
SAE J3287 that are known here, as JSON of our own.

No report is encoded in ASN.1: of the standards' numbers only those in `_NUMBERED` are known here, and an invented number would be
worse than none. An observation without a name in the standard carries ours, and says so. Positions are not part of a report.

    assay check RECORDING --json | python -m assay.kinds.roads.report > reports.jsonl
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from assay.core.clock import iso
from assay.core.decision import Decision
from assay.core.finding import Finding
from assay.kinds.roads import reasons

PSID = {"bsm": 32, "cam": 36, "denm": 37}
_SECURITY = (
    reasons.MESSAGE_ID, reasons.PROFILE, reasons.PSID, reasons.PERMISSION, reasons.EXPIRED, reasons.PLACE,
)  # fmt: skip
_NUMBERED = {code: (2, number) for number, code in enumerate(_SECURITY, 1)} | {reasons.ACCELERATION: (5, 4)}
"""Reason -> target and observation of SAE J3287 for a basic safety message."""


def report_of(decision: Decision) -> dict[str, Any]:
    """The report of one recorded message."""
    form = str(decision.evidence.get("form", "") or "")
    signed = str(decision.evidence.get("signed", "") or "unknown")
    return report(decision.id, decision.time, decision.findings, form, signed)


def report(id_: str, time: int, findings: Iterable[Finding], form: str = "", signed: str = "unknown") -> dict[str, Any]:
    """`id_` of the message that gave rise to it, `time` in microseconds; `form` bsm, cam, denm, or empty where not known."""
    told = [r for f in findings if f.detector.startswith("roads.") for r in f.reasons if r.code != reasons.UNVERIFIED]
    subjects = dict.fromkeys(str(e) for f in findings for e in f.entities)
    return {
        "format": "assay-misbehaviour-report-1",
        "generationTime": iso(time),
        "aid": PSID.get(form),
        "subjects": list(subjects),
        "observations": [_observation(r.code, r.weight, r.values, form) for r in told],
        "evidence": {"messages": [id_], "signed": signed},
    }


def _observation(code: str, weight: float, values: dict[str, Any], form: str) -> dict[str, Any]:
    name = reasons.STANDARD.get(code)
    target, _, what = (name or "").partition("-")
    out: dict[str, Any] = {"code": code, "weight": weight}
    out |= {"standard": "ETSI TS 103 759", "target": target, "observation": what} if name else {"standard": None}
    if form == "bsm" and code in _NUMBERED:
        out["j3287"] = dict(zip(("target", "observation"), _NUMBERED[code], strict=True))
    measured = {k: v for k, v in values.items() if isinstance(v, (int, float)) and not isinstance(v, bool)}
    return out | ({"measured": measured} if measured else {})


def reports(checked: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A report for each doubtful message in the JSON of `assay check`."""
    for examination in checked.get("examinations", ()):
        if examination.get("kind") != "roads":
            continue
        for item in examination.get("items", ()):
            plain = [{k: v for k, v in f.items() if k in Finding.__struct_fields__} for f in item["findings"]]
            for finding in plain:
                finding["reasons"] = [
                    {k: r[k] for k in ("code", "weight", "values") if k in r} for r in finding.get("reasons", ())
                ]
            yield report(item["id"], _micros(item["time"]), msgspec.convert(plain, list[Finding]))


def _micros(value: Any) -> int:
    from datetime import datetime

    from assay.core.clock import micros

    return value if isinstance(value, int) else micros(datetime.fromisoformat(value))


def main() -> int:
    """`assay check --json` on the input, a report a line on the output."""
    for one in reports(json.load(sys.stdin)):
        print(json.dumps(one, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())

__all__ = ["report", "report_of", "reports"]
