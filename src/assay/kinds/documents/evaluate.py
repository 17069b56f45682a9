"""`assay evaluate documents --data FOLDER`: what the room says of an operator's own files, by label and by detector.

The folder holds `labels.csv` with the columns `file` and `label`, and `kind` (statement, payslip …) where it is known what
the paper was said to be. Labels named genuine, authentic or intact (or beginning so)
are genuine, broken, encrypted and unreadable ones ask for an open answer, all others count as forged.
"""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path
from typing import Any

from assay.core.enclosed import MAX_BYTES
from assay.core.errors import InvalidSetting, NotFound
from assay.core.finding import Verdict
from assay.kinds.documents.judged import Judged, judge, quantiles, share
from assay.learning import EvaluateRequest

_GENUINE = ("genuine", "authentic", "intact")
_OPEN = ("broken", "encrypted", "unreadable")
_LISTED = 50


def evaluate(request: EvaluateRequest) -> dict[str, Any]:
    """One JSON object; `request.model` is the room's folder of fitted thresholds, if any. Raises `NotFound` without labels
    and `InvalidSetting` where the table has no such columns or none of its files is there."""
    from assay.kinds.documents.detectors import detectors

    judges = detectors(request.model)
    rows = [
        (row["label"], row["file"], judge(path.read_bytes(), row["file"], judges, row.get("kind")))
        for row, path in labelled(request.data)
    ]
    if not rows:
        raise InvalidSetting("none of the files in labels.csv is there", where=str(request.data))
    genuine = [judged for label, _, judged in rows if meaning(label) == "genuine"]
    forged = [judged for label, _, judged in rows if meaning(label) == "forged"]
    unclear = [judged for label, _, judged in rows if meaning(label) == "open"]
    return {
        "data": request.data.name,
        "files": len(rows),
        "recall": share(sum(j.flagged for j in forged), len(forged)),
        "false_alarms": share(sum(j.flagged for j in genuine), len(genuine)),
        "left_open": share(sum(j.inconclusive for j in unclear), len(unclear)),
        "by_label": {
            label: _counts([judged for other, _, judged in rows if other == label])
            for label in sorted({row[0] for row in rows})
        },
        "by_detector": {
            detector.name: {
                label: dict(Counter(j.verdicts[detector.name].word for other, _, j in rows if other == label))
                for label in sorted({row[0] for row in rows})
            }
            for detector in judges
        },
        "alarmed": [name for label, name, j in rows if meaning(label) == "genuine" and j.flagged][:_LISTED],
        "missed": [name for label, name, j in rows if meaning(label) == "forged" and not j.flagged][:_LISTED],
        "raised": sorted({judged.raised for _, _, judged in rows if judged.raised}),
        "cpu_seconds": quantiles([judged.seconds for _, _, judged in rows]),
    }


def labelled(folder: Path) -> list[tuple[dict[str, str], Path]]:
    """The line and path of every file of the table that is there and not too large."""
    table = folder / "labels.csv"
    if not table.is_file():
        raise NotFound("no labels.csv", where=str(folder), hint="a table with the columns file and label")
    found = []
    with table.open(encoding="utf-8-sig", newline="") as text:
        reader = csv.DictReader(text)
        if not {"file", "label"} <= set(reader.fieldnames or ()):
            raise InvalidSetting("labels.csv lacks the columns file and label", where=str(table))
        for row in reader:
            path = folder / (row["file"] or "")
            inside = path.resolve().is_relative_to(folder.resolve())
            if inside and path.is_file() and path.stat().st_size <= MAX_BYTES:
                found.append(({name: value or "" for name, value in row.items() if name}, path))
    return found


def meaning(label: str) -> str:
    """genuine, open or forged."""
    word = label.strip().lower()
    return "genuine" if word.startswith(_GENUINE) else "open" if word.startswith(_OPEN) else "forged"


def _counts(judged: list[Judged]) -> dict[str, int]:
    return {
        "files": len(judged),
        "counterfeit": sum(j.verdict == Verdict.COUNTERFEIT for j in judged),
        "suspicious": sum(j.verdict == Verdict.SUSPICIOUS for j in judged),
        "inconclusive": sum(j.inconclusive for j in judged),
    }
