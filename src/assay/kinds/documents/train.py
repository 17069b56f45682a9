"""`assay train documents`: fits the thresholds of the pixel cues on a folder of genuine files of the operator's own channel
(camera, scanner, messenger). Nothing else in the room learns."""

from __future__ import annotations

from pathlib import Path

from assay import __version__
from assay.core.errors import AssayError, InvalidSetting, NotFound
from assay.kinds.documents.opened import open_document
from assay.kinds.documents.pixels.scans import scans
from assay.learning import TrainReport, TrainRequest, registry
from assay.vision.traces.scores import Scores, scores
from assay.vision.traces.thresholds import LEAST_FILES, Thresholds, fit

MOST_FILES = 2000


def train(request: TrainRequest) -> TrainReport:
    """`request.data` is a folder of files known to be genuine, at least ten photographs or scans. Half of more than twenty
    is held back to say how often the fit would have alarmed. Raises `InvalidSetting` where there are too few."""
    found = measure(request.data)
    if len(found) < LEAST_FILES:
        raise InvalidSetting(
            f"{len(found)} files could be measured", where=str(request.data),
            hint=f"at least {LEAST_FILES} genuine photographs or scans are needed; drawn PDFs have no pixels of their own",
        )  # fmt: skip
    thresholds = fit(found)
    figures: dict[str, object] = {"files": len(found), "cues": {c: len(v) for c, v in thresholds.genuine.items()}}
    if len(found) >= 2 * LEAST_FILES:
        figures["held out"] = _held_out(found)
    licence = str(request.options.get("licence", "unknown"))
    card = {
        "detector": "documents.pixels",
        "assay": __version__,
        "data": {"name": request.data.name, "licence": licence, "files": len(found)},
        "calibration": "rank among genuine scores, exponential beyond the largest",
        "figures": figures,
        "fails": "other cameras, scanners and messengers than those of the files; pages shrunk or sent through messengers",
        "rebuild": f"assay train documents --data {request.data.name} --out {request.out.name}",
    }
    folder = registry.save(request.out, {"thresholds.json": registry.dumps({"genuine": thresholds.genuine})}, card)
    return TrainReport(request.out, folder.version, figures)


def measure(folder: Path) -> list[Scores]:
    """The scores of every photograph and scan in a folder, in name order; what cannot be read is passed over."""
    if not folder.exists():
        raise NotFound("no such folder", where=str(folder))
    files = [folder] if folder.is_file() else sorted(p for p in folder.rglob("*") if p.is_file() and not p.is_symlink())
    found: list[Scores] = []
    for path in files[:MOST_FILES]:
        try:
            opened = open_document(path.read_bytes())
        except (AssayError, OSError):
            continue
        for scan in scans(opened) if not opened.problem else ():
            scored = scores(scan.pixels, scan.content if scan.exact else b"")
            if scored is not None:
                found.append(scored)
    return found


def _held_out(found: list[Scores]) -> dict[str, float]:
    """Fitted on every other file, how many of the rest would have been remarkable."""
    from assay.vision.traces.thresholds import REMARKABLE

    half: Thresholds = fit(found[::2])
    p_values = [p for scored in found[1::2] if (p := half.judge(scored)[0]) is not None]
    return {"files": len(p_values), "false alarms": sum(p <= REMARKABLE for p in p_values)}
