"""`documents.provenance`: what the file says of its making. `documents.pixels`: traces of editing in photographs and scans.

The first is exact about what stands in the file, and silent where nothing does. The second is weak: published detectors of
this kind, and ours, are near chance on forgeries they have not seen, so it never says more than a suspicion of low severity, and
that only with thresholds fitted to the channel; copied parts leave the matter open.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from assay.core.batch import Batch
from assay.core.evidence import Evidence
from assay.core.finding import Finding, Findings, Reason, Where
from assay.core.profile import Profile
from assay.formats.provenance import Origin, read_origin
from assay.kinds.documents.evidence import Document
from assay.kinds.documents.media import PDF
from assay.kinds.documents.opened import open_document
from assay.kinds.documents.pixels.scans import Scan, scans
from assay.vision.traces.scores import Scores, scores
from assay.vision.traces.thresholds import REMARKABLE, Thresholds

CODES = {
    "double": "documents.recompressed-part",
    "ghost": "documents.other-quality",
    "noise": "documents.noise-break",
    "resampled": "documents.resampled-part",
    "grid": "documents.grid-break",
}
COPIED = "documents.copied-part"
# Without fitted thresholds only this cue speaks, from a score that no genuine picture at hand came near (their 90th
# percentile is below 5), and only to say that the matter is open.
UNFITTED_DOUBLE = 12.0
THUMBNAIL = 0.35  # 1 - correlation; resizing alone stays below .05


class Provenance:
    """The file's own account of its making."""

    name = "documents.provenance"
    version = "1"
    reads: tuple[type[Evidence], ...] = (Document,)

    def examine(self, batch: Batch[Any], profile: Profile) -> Findings:
        return Findings.each(self.name, self.version, (self._finding(batch.item(i).content) for i in range(len(batch))))

    def _finding(self, content: bytes) -> Finding | None:
        opened = open_document(content)
        if opened.problem:
            return None
        files = [content] if opened.media != PDF else [scan.content for scan in scans(opened)]
        reasons: list[tuple[Reason, str, str]] = []
        genuine: Reason | None = None
        for file in files:
            origin = read_origin(file)
            reasons += _contradictions(origin)
            genuine = genuine or _vouched(origin)
        if not reasons and genuine is None:
            return None
        if not reasons and genuine is not None:
            return Finding(detector=self.name, version=self.version, verdict="genuine", reasons=(genuine,))
        order = ("informational", "low", "medium", "high")
        worst = max((severity for _, _, severity in reasons), key=order.index)
        verdict = "counterfeit" if any(v == "counterfeit" for _, v, _ in reasons) else "suspicious"
        once = {reason.code: reason for reason, _, _ in reasons}
        return Finding(
            detector=self.name, version=self.version, verdict=verdict, severity=worst, reasons=tuple(once.values())
        )


def _contradictions(origin: Origin) -> list[tuple[Reason, str, str]]:
    """(reason, verdict, severity) of everything that speaks against the file."""
    found: list[tuple[Reason, str, str]] = []
    if origin.signed is not None and origin.signed.generated and origin.signed.valid is not False:
        by = origin.signed.generator or origin.signed.signer
        found.append((Reason("documents.generated", 1.0, {"generator": by}), "counterfeit", "high"))
    elif origin.generator:
        found.append((Reason("documents.generated", 0.9, {"generator": origin.generator}), "counterfeit", "high"))
    if origin.signed is not None and origin.signed.valid is False:
        problem = origin.signed.problems[0]
        found.append((Reason("documents.provenance-broken", 0.6, {"problem": problem}), "suspicious", "medium"))
    if origin.editor:
        found.append((Reason("documents.picture-editor", 0.3, {"software": origin.editor}), "suspicious", "low"))
    if origin.thumbnail is not None and origin.thumbnail > THUMBNAIL:
        values = {"likeness": round(1 - origin.thumbnail, 2)}
        found.append((Reason("documents.thumbnail-differs", 0.6, values), "suspicious", "medium"))
    if origin.trailing > 64:
        found.append((Reason("documents.trailing-data", 0.2, {"bytes": origin.trailing}), "suspicious", "low"))
    return found


def _vouched(origin: Origin) -> Reason | None:
    """A signature that holds and says a camera took it, by a signer whom the operator trusts."""
    signed = origin.signed
    if signed is None or not (signed.valid and signed.trusted) or "digitalCapture" not in signed.sources:
        return None
    return Reason("documents.provenance-holds", 0.5, {"signer": signed.signer})


class Pixels:
    """Traces of editing. `thresholds` are an operator's, fitted on genuine files of their channel."""

    name = "documents.pixels"
    reads: tuple[type[Evidence], ...] = (Document,)

    def __init__(self, thresholds: Thresholds | None = None, version: str = "1") -> None:
        self.thresholds, self.version = thresholds or Thresholds(), version

    @classmethod
    def open(cls, folder: Path) -> Pixels:
        """From a folder that `assay train documents` made. Raises `ModelError`."""
        from assay.learning import registry

        model = registry.open_folder(folder)
        genuine = model.json("thresholds.json")["genuine"]
        return cls(Thresholds({cue: tuple(values) for cue, values in genuine.items()}), model.version)

    def examine(self, batch: Batch[Any], profile: Profile) -> Findings:
        return Findings.each(self.name, self.version, (self._finding(batch.item(i).content) for i in range(len(batch))))

    def _finding(self, content: bytes) -> Finding | None:
        opened = open_document(content)
        if opened.problem:
            return None
        reasons: list[Reason] = []
        where: list[Where] = []
        suspicious = False
        for scan in scans(opened):
            found = scores(scan.pixels, scan.content if scan.exact else b"")
            if found is None:
                continue
            told, sure = self._judge(scan, found)
            suspicious |= sure
            for reason, place in told:
                reasons.append(reason)
                where.append(place)
        if not reasons:
            return None
        verdict, severity = ("suspicious", "low") if suspicious else ("inconclusive", "informational")
        return Finding(
            detector=self.name, version=self.version, verdict=verdict, severity=severity,
            reasons=tuple({r.code: r for r in reasons}.values()), where=tuple(where),
        )  # fmt: skip

    def _judge(self, scan: Scan, found: Scores) -> tuple[list[tuple[Reason, Where]], bool]:
        """Reasons with their places, and whether they are sure enough to be a suspicion."""
        told: list[tuple[Reason, Where]] = []
        sure = False
        overall, each = self.thresholds.judge(found)
        for cue, p in sorted(each.items(), key=lambda item: item[1]):
            if overall is not None and overall <= REMARKABLE and p * len(each) <= REMARKABLE:
                sure = True
                box = scan.on_page(found.peaks[cue][1])
                values = {"share": float(f"{p:.2g}")}
                told.append((Reason(CODES[cue], 0.3, values), Where(page=scan.page, box=box, rule=CODES[cue])))
        if not each and (peak := found.peaks.get("double", (0.0, None))) and peak[0] >= UNFITTED_DOUBLE and peak[1]:
            box = scan.on_page(peak[1])
            told.append((Reason(CODES["double"], 0.2), Where(page=scan.page, box=box, rule=CODES["double"])))
        for copy in found.copied:
            reason = Reason(COPIED, 0.3, {"likeness": round(copy.noise, 2), "points": copy.inliers})
            for box in (copy.source, copy.target):
                told.append((reason, Where(page=scan.page, box=scan.on_page(box), rule=COPIED)))
        return told, sure


__all__ = ["CODES", "COPIED", "Pixels", "Provenance"]
