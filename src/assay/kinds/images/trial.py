"""`assay bench edits`: how often the room takes an untouched photograph for an edited one, and how many edits it finds, on an operator's own
photographs. Edits are made by code (`vision.traces.forging`), so that recall is an upper bound; false alarms are not."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from assay.core.batch import Batch
from assay.core.errors import InvalidSetting
from assay.core.finding import Verdict
from assay.core.profile import Profile
from assay.formats.picture_notes import picture_media
from assay.kinds.images.evidence import Image
from assay.kinds.images.opened import open_image

MOST_FILES = 100  # of one folder
MOST_EDITED = 6  # of them, to be edited
LONGEST = 1600
LEAST = 300  # pixels of the shorter side
SAVES = ((60, 90), (75, 90), (85, 95), (90, 75))  # quality before the edit, and after it
EDITS = ("splice", "smooth patch", "moved")
HANDED_IN = datetime(2026, 11, 1, 12, tzinfo=UTC)
_Counts = Counter[str]


def bench(data: Path | None = None, *, short: bool = False, seed: int = 1) -> dict[str, Any]:
    """`data`: a folder of folders of photographs, each a source; where a `manifest.csv` (path, label) stands beside them, those
    labelled `real`. Untouched files as they are, by detector; then edits of some of them, each saved before and after."""
    if data is None or not data.is_dir():
        raise InvalidSetting("there are no photographs to try", hint="name a folder of folders with --data")
    most = MOST_EDITED if short else MOST_FILES
    rng = np.random.default_rng(seed)
    files = {source.name: _files(source, most) for source in _sources(data)}
    untouched = {name: _untouched(found) for name, found in files.items()}
    pictures = [pixels for found in files.values() for pixels in _pictures(found)]
    edited = {f"saved at {first}, then {second}": _edited(pictures, first, second, rng) for first, second in SAVES}
    return {
        "untouched": {name: told for name, told in untouched.items() if told["files"]},
        "edited": edited if pictures else {},
        "edits made by": "code of ours: upper bounds",
    }


def _sources(data: Path) -> list[Path]:
    """The folders of genuine photographs, in name order."""
    import csv

    sources = sorted(p for p in data.iterdir() if p.is_dir())
    manifest = data / "manifest.csv"
    if not manifest.is_file():
        return sources
    with manifest.open(encoding="utf-8", newline="") as rows:
        real = {row["path"].split("/")[0] for row in csv.DictReader(rows) if row.get("label") == "real"}
    return [source for source in sources if source.name in real]


def _files(source: Path, most: int) -> list[bytes]:
    """Pictures of a folder in name order."""
    found: list[bytes] = []
    for path in sorted(p for p in source.rglob("*") if p.is_file() and p.stat().st_size < 32 << 20):
        content = path.read_bytes()
        if picture_media(content[:1024]) and len(found) < most:
            found.append(content)
    return found


def _untouched(files: list[bytes]) -> dict[str, Any]:
    """How many files each detector flags and is in doubt of, and the milliseconds it takes."""
    from assay.kinds.images.edited import Edited
    from assay.kinds.images.provenance.detector import ProvenanceOfImages
    from assay.kinds.images.quality import Quality

    told: dict[str, Any] = {"files": len(files)}
    for detector in (ProvenanceOfImages(), Edited(), Quality()):
        verdicts: _Counts = Counter()
        codes: _Counts = Counter()
        began = time.process_time()
        for content in files:
            findings = detector.examine(_batch(content), Profile.empty(1))
            verdicts[Verdict(int(findings.verdict[0])).word] += 1
            codes.update(code for code, hit in findings.codes.items() if hit[0])
        told[detector.name] = {
            "flagged": verdicts["suspicious"] + verdicts["counterfeit"],
            "inconclusive": verdicts["inconclusive"],
            "codes": dict(codes.most_common()),
            "milliseconds a file": round(1000 * (time.process_time() - began) / max(1, len(files)), 1),
        }
    return told


def _pictures(files: list[bytes]) -> Iterator[np.ndarray]:
    """Some of them as pixels, not too small and not too large."""
    count = 0
    for content in files:
        shown = open_image(content).look
        pixels = None if shown is None else shown.middle
        if pixels is not None and min(pixels.shape[:2]) >= LEAST and count < MOST_EDITED:
            count += 1
            yield pixels[:LONGEST, :LONGEST]


def _edited(pictures: list[np.ndarray], first: int, second: int, rng: np.random.Generator) -> dict[str, Any]:
    """Untouched between both saves, and with one part changed: how many are flagged, and left open."""
    from assay.kinds.images.edited import Edited
    from assay.vision.traces.forging import decoded, edited, jpeg

    saved = [decoded(jpeg(pixels, first)) for pixels in pictures]
    told: dict[str, Any] = {}
    for edit in ("untouched", *EDITS):
        verdicts: _Counts = Counter()
        for pixels in saved:
            changed = pixels if edit == "untouched" else edited(pixels, edit, saved, rng)
            findings = Edited().examine(_batch(jpeg(changed, second)), Profile.empty(1))
            verdicts[Verdict(int(findings.verdict[0])).word] += 1
        told[edit] = {"files": len(saved), "flagged": verdicts["suspicious"], "inconclusive": verdicts["inconclusive"]}
    return told


def _batch(content: bytes) -> Batch[Any]:
    return Batch.of([Image(id="file", time=HANDED_IN, content=content)])


__all__ = ["bench"]
