"""`assay bench documents`: forged and genuine papers made on templates that nothing was built on, the signed and tampered PDF
files of a data folder, machine-readable zones, pixels, and the time a file takes.

A hit is a forged file that a detector calls suspicious or counterfeit; a false alarm a genuine one. Exact forgeries, those
that contradict themselves or keep the old content, are told apart from those that only traces could show. The generator is
ours, so its figures are upper bounds; PDF files by others stand beside them under `pdf`.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from assay.core.finding import Severity, Verdict
from assay.kinds.documents.judged import HANDED_IN, Judged, judge, quantiles, share

SEED = 90_210  # of the papers judged; building used others
PDF_FILES, PICTURES, THREES = 300, 60, 20
SHORT_PDF, SHORT_PICTURES, SHORT_THREES = 36, 6, 4
_LISTED = 40


def bench(data: Path | None = None, *, short: bool = False, seed: int = SEED) -> dict[str, Any]:
    """One JSON object. `data` is a folder of PDF files with `labels.csv`, or a folder that holds such folders (`pdf`, `ids`,
    `receipts`); without it only made-up papers are judged. `short` judges few."""
    began = time.perf_counter()
    sizes = (SHORT_PDF, SHORT_PICTURES, SHORT_THREES) if short else (PDF_FILES, PICTURES, THREES)
    found: dict[str, Any] = {"papers": papers(seed, sizes[0], sizes[1]), "reuse": reuse(seed, sizes[2])}
    folders = _folders(data)
    if "pdf" in folders:
        found["pdf"] = _of("assay.kinds.documents.pdf.bench", lambda room: room.figures(folders["pdf"]))
    few = {"size": 1, "papers": 2} if short else {}
    found["identity"] = _of(
        "assay.kinds.documents.identity.bench", lambda room: room.figures(folders.get("ids"), **few)
    )
    if "receipts" in folders and not short:
        sources = {folder.name: folder for folder in sorted(folders["receipts"].iterdir()) if folder.is_dir()}
        found["pixels"] = _of("assay.kinds.documents.pixels.bench", lambda room: room.figures(sources, step=_say))
    found["seconds"] = time.perf_counter() - began
    return found


def papers(seed: int, pdfs: int, pictures: int, templates: str = "check") -> dict[str, Any]:
    """Made-up papers, by medium: `pdf` files as issued, and `picture`: photographs, scans, and scans in a PDF."""
    from assay.kinds.documents.detectors import detectors
    from assay.kinds.documents.simulate.papers import CARDS, KINDS
    from assay.kinds.documents.simulate.papers import papers as made

    judges = detectors(None)
    drawn = ("photo", "scan", "scanned-pdf")
    told: dict[str, Any] = {"seed": seed, "templates": templates}
    for medium, count, media in (("pdf", pdfs, ("pdf",)), ("picture", pictures, drawn)):
        rows, began = [], time.monotonic()
        kinds = tuple(KINDS) if medium == "picture" else tuple(kind for kind in KINDS if kind not in CARDS)
        for number, paper in enumerate(made(seed, size=count, templates=templates, media=media, kinds=kinds), 1):
            rows.append((paper, judge(paper.content, paper.file, judges, paper.kind)))
            if number % 10 == 0 or number == count:
                _say(f"{medium}: {number} of {count} papers, {time.monotonic() - began:.0f} s")
        told[medium] = summary(rows)
    return told


def reuse(seed: int, size: int, templates: str = "check") -> dict[str, Any]:
    """Is a statement known again under another customer's name, and not taken for a stranger's of the same bank?"""
    from assay.core.batch import Batch
    from assay.kinds.documents.evidence import Document
    from assay.kinds.documents.reuse.traces import traces
    from assay.kinds.documents.simulate.pairs import threes

    known, mistaken = 0, 0
    for number, files in enumerate(threes(seed, size=size, templates=templates)):
        documents = [Document(id=f"{number}-{i}", time=HANDED_IN, content=file) for i, file in enumerate(files)]
        shown = traces(Batch.of(documents))
        known += _same(shown[0], shown[1])
        mistaken += _same(shown[0], shown[2])
    _say(f"reuse: {size} statements")
    return {"templates": templates, "known_again": share(known, size), "mistaken": share(mistaken, size)}


def _same(ours: Sequence[Any], theirs: Sequence[Any]) -> bool:
    """Do two papers show one trace that is the same thing? See `core.trace`."""
    return any(
        a.kind == b.kind
        and (
            a.value == b.value
            if not a.near
            else (int.from_bytes(a.value) ^ int.from_bytes(b.value)).bit_count() <= a.near
        )
        for a in ours
        for b in theirs
    )


def summary(rows: list[tuple[Any, Judged]]) -> dict[str, Any]:
    """Figures of judged papers."""
    forged = [row for row in rows if row[0].label != "genuine"]
    genuine = [row for row in rows if row[0].label == "genuine"]
    exact = [row for row in forged if row[0].exact]
    codes = Counter(code for _, judged in genuine if judged.flagged for code in judged.codes)
    return {
        "files": len(rows),
        "exact_recall": _recall(exact),
        "other_recall": _recall([row for row in forged if not row[0].exact]),
        "false_alarms": _recall(genuine) | {"grave": sum(_grave(judged) for _, judged in genuine), "reasons": dict(codes.most_common(_LISTED))},
        "by_kind": {
            kind: {
                "exact_recall": _recall([row for row in exact if row[0].kind == kind]),
                "false_alarms": _recall([row for row in genuine if row[0].kind == kind]),
            }
            for kind in sorted({paper.kind for paper, _ in rows})
        },
        "by_forgery": {
            name: _recall([row for row in forged if row[0].forgery == name])
            | {"exact": sum(paper.exact for paper, _ in forged if paper.forgery == name)}
            for name in sorted({paper.forgery for paper, _ in forged})
        },
        "by_craft": {
            name: _recall([row for row in forged if row[0].craft == name])
            for name in sorted({paper.craft for paper, _ in forged})
        },
        "by_medium": {
            name: {
                "exact_recall": _recall([row for row in exact if row[0].medium == name]),
                "false_alarms": _recall([row for row in genuine if row[0].medium == name]),
            }
            for name in sorted({paper.medium for paper, _ in rows})
        },
        "missed": [f"{paper.file} {paper.forgery} {paper.template}" for paper, judged in exact if not judged.flagged][:_LISTED],
        "alarmed": [
            f"{paper.file} {paper.craft} {paper.template}: {', '.join(judged.codes)}"
            for paper, judged in genuine
            if judged.flagged
        ][:_LISTED],
        "raised": sorted({judged.raised for _, judged in rows if judged.raised}),
        "cpu_seconds": quantiles([judged.seconds for _, judged in rows]),
    }  # fmt: skip


def _recall(rows: list[tuple[Any, Judged]]) -> dict[str, Any]:
    """The share flagged, how many of them counterfeit, and how many of the others were left open."""
    judged = [one for _, one in rows]
    return share(sum(one.flagged for one in judged), len(judged)) | {
        "counterfeit": sum(one.verdict == Verdict.COUNTERFEIT for one in judged),
        "inconclusive": sum(one.inconclusive for one in judged),
    }


def _grave(judged: Judged) -> bool:
    return judged.flagged and judged.severity >= Severity.HIGH


def _folders(data: Path | None) -> dict[str, Path]:
    """The data folders by what they hold."""
    if data is None:
        return {}
    if (data / "labels.csv").is_file():
        return {"pdf": data} | {
            name: data.parent / name for name in ("ids", "receipts") if (data.parent / name).is_dir()
        }
    return {name: data / name for name in ("pdf", "ids", "receipts") if (data / name).is_dir()}


def _of(module: str, figures: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
    """The figures of one area of the room; what is not installed is said."""
    _say(module.rsplit(".", 2)[-2])
    try:
        return figures(import_module(module))
    except ModuleNotFoundError as error:
        return {"missing": str(error.name)}


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
