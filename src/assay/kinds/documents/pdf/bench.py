"""Figures of `documents.pdf` on a folder of labelled PDFs: what is flagged, what is inconclusive, and the time a file takes.

The folder has a `labels.csv` with the columns `file` and `label`. Labels that begin with `tampered` are forgeries and with
`authentic` genuine; any other label (`broken`, `encrypted` …) asks for `inconclusive`. An authentic file that nobody can
open without its key is inconclusive, too, and counted as such, never as a false alarm.
"""

from __future__ import annotations

import csv
import time
from collections import Counter, defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from assay.core.errors import UnreadableInput
from assay.kinds.documents.evidence import Document
from assay.kinds.documents.pdf.detector import PdfDetector

FLAGGED = ("suspicious", "counterfeit")
_RUNS = 3  # the shortest of so many times counts: what else the machine does is no time of the file


def figures(data: Path) -> dict[str, Any]:
    """Per file label, verdict, reasons and milliseconds; per label counts; recall, false alarms and abstentions."""
    labels = data / "labels.csv"
    if not labels.is_file():
        raise UnreadableInput("no labels.csv", where=str(data), hint="a csv with the columns file,label")
    with labels.open(newline="", encoding="utf-8") as file:
        rows = [(row["file"], row["label"]) for row in csv.DictReader(file)]
    rows = [(name, label) for name, label in rows if Path(name).name == name and (data / name).is_file()]
    detector = PdfDetector()
    files: list[dict[str, Any]] = []
    verdicts: dict[str, Counter[str]] = defaultdict(Counter)
    for name, label in rows:
        document = Document(id=name[:128], time=datetime.now(UTC), name=name, content=(data / name).read_bytes())
        if not files:
            detector.finding(document)  # what is imported when first used is no time of this file
        taken, worked = [], []
        for _ in range(_RUNS):
            began, began_work = time.perf_counter(), time.process_time()
            finding = detector.finding(document)
            taken.append((time.perf_counter() - began) * 1e3)
            worked.append((time.process_time() - began_work) * 1e3)
        verdicts[label][finding.verdict] += 1
        files.append({
            "file": name,
            "label": label,
            "verdict": finding.verdict,
            "reasons": sorted({reason.code for reason in finding.reasons}),
            "ms": round(min(taken), 2),
            "cpu ms": round(min(worked), 2),
        })  # fmt: skip
    times, work = (np.array([one[unit] for one in files] or [0.0]) for unit in ("ms", "cpu ms"))
    return {
        "files": len(files),
        "tampered flagged": _share(files, "tampered", FLAGGED),
        "authentic flagged": _share(files, "authentic", FLAGGED),
        "authentic inconclusive": _share(files, "authentic", ("inconclusive",)),
        "other inconclusive": _share([f for f in files if not f["label"].startswith(("tampered", "authentic"))], "",
                                     ("inconclusive",)),
        "verdicts by label": {label: dict(counts) for label, counts in sorted(verdicts.items())},
        "ms median": round(float(np.median(times)), 2),
        "ms p99": round(float(np.percentile(times, 99)), 2),
        "cpu ms median": round(float(np.median(work)), 2),
        "cpu ms p99": round(float(np.percentile(work, 99)), 2),
        "each": files,
    }  # fmt: skip


def _share(files: list[dict[str, Any]], label: str, verdicts: tuple[str, ...]) -> str:
    """ "3 of 3": how many files of a label got one of the verdicts."""
    of_label = [one for one in files if one["label"].startswith(label)]
    return f"{sum(one['verdict'] in verdicts for one in of_label)} of {len(of_label)}"
