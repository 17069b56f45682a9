"""How well the pixel cues tell edited pages from untouched ones, on sources they were not fitted on.

Each source is a folder of genuine pictures. Thresholds are fitted on every other file of a source (its channel), edits are
made by a generator of this file on the files left, and everything is told per kind of edit and of later handling, cue by cue
as AUC beside an error-level reference, and as decisions at the fitted threshold. The generator is ours, so these are upper
bounds: on forgeries made by hand, published and own trials of such cues are near chance.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from assay.core.errors import UnreadableInput
from assay.vision.traces.forging import EDITS, decoded, edited, handled, jpeg
from assay.vision.traces.scores import CUES, Scores, scores
from assay.vision.traces.thresholds import REMARKABLE, fit

MOST_FILES = 16
LONGEST = 1800
FIRST_SAVE = 70  # the quality at which a camera or messenger is taken to have saved every picture, edited later or not
HANDLING = ("saved at 90", "saved at 75", "shrunk to .7, saved at 80")


def figures(
    folders: dict[str, Path],
    *,
    seed: int = 1,
    edits: Sequence[str] = EDITS,
    handling: Sequence[str] = HANDLING,
    step: Callable[[str], None] = lambda _text: None,
) -> dict[str, Any]:
    """`folders` name -> folder of genuine pictures. Source -> edit -> figures, with the false alarms of the same source."""
    rng = np.random.default_rng(seed)
    out: dict[str, Any] = {}
    for name, folder in folders.items():
        pictures = _pictures(folder)
        if len(pictures) < 8:
            continue
        step(f"pixels: {name}, {len(pictures)} pictures")
        out[name] = _source(pictures, rng, edits, handling)
    return out


def _source(
    pictures: list[np.ndarray], rng: np.random.Generator, edits: Sequence[str], handlings: Sequence[str]
) -> dict[str, Any]:
    fitted_on, judged = pictures[::2], pictures[1::2]
    told: dict[str, Any] = {}
    spent: list[float] = []

    def score(pixels: np.ndarray, handling: str) -> tuple[Scores, float]:
        file = handled(pixels, handling)
        again = decoded(file)
        began = time.process_time()
        found = scores(again, file)
        spent.append(time.process_time() - began)
        assert found is not None
        return found, _error_level(again)

    for handling in handlings:
        # Ten at least are needed, so each picture is fitted on at three crops of itself.
        crops = [p[y : y + max(448, len(p) - 64)] for p in fitted_on for y in (0, 24, 56)]
        thresholds = fit([score(crop, handling)[0] for crop in crops if min(crop.shape[:2]) >= 400])
        genuine = [score(p, handling) for p in judged]
        alarms = [_alarm(found, thresholds) for found, _ in genuine]
        rows: dict[str, Any] = {"genuine": {"files": len(judged), "false alarms": sum(alarms)}}
        for edit in edits:
            forged = [score(edited(p, edit, pictures, rng), handling) for p in judged]
            rows[edit] = {
                "recall": round(float(np.mean([_alarm(found, thresholds) for found, _ in forged])), 3),
                "AUC by cue": {
                    cue: _auc([_of(f, cue) for f, _ in forged], [_of(f, cue) for f, _ in genuine]) for cue in CUES
                }
                | {
                    "copies": _auc(
                        [float(bool(f.copied)) for f, _ in forged], [float(bool(f.copied)) for f, _ in genuine]
                    )
                },
                "AUC of error level": _auc([e for _, e in forged], [e for _, e in genuine]),
            }
        told[handling] = rows
    told["seconds a picture"] = round(float(np.median(spent)), 3)
    return told


def _alarm(found: Scores, thresholds: Any) -> bool:
    p, _ = thresholds.judge(found)
    return bool(found.copied) or (p is not None and p <= REMARKABLE)


def _of(found: Scores, cue: str) -> float:
    return found.peaks[cue][0] if cue in found.peaks else 0.0


def _auc(positive: list[float], negative: list[float]) -> float:
    p, n = np.array(positive)[:, None], np.array(negative)[None]
    return round(float((p > n).mean() + 0.5 * (p == n).mean()), 3)


def _error_level(rgb: np.ndarray) -> float:
    """Error level analysis, the common reference: the strongest cell of what saving again at 90 changes."""
    import cv2

    again = decoded(jpeg(rgb, 90))
    error = np.abs(again.astype(np.float32) - rgb).mean(2)
    return float(cv2.blur(error, (48, 32)).max())


def _pictures(folder: Path) -> list[np.ndarray]:
    """Pictures of a folder in name order, no longer than `LONGEST`, each only once, saved as `FIRST_SAVE` says."""
    from assay.formats import picture

    found: dict[bytes, np.ndarray] = {}
    for path in sorted(p for p in folder.rglob("*") if p.is_file())[: 4 * MOST_FILES]:
        try:
            pixels = picture.decode(path.read_bytes(), max_side=8192).pixels[:LONGEST, :LONGEST]
        except (UnreadableInput, OSError):
            continue
        if min(pixels.shape[:2]) >= 512 and len(found) < MOST_FILES:
            found.setdefault(pixels[::16, ::16].tobytes(), decoded(jpeg(pixels, FIRST_SAVE)))
    return list(found.values())


__all__ = ["EDITS", "HANDLING", "figures"]
