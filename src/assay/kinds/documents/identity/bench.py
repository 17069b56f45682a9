"""Figures of identity papers: how many fields of a zone are read, by layout and by what was done to the picture; forged digits
found and genuine papers accused; the mock papers in a folder read.

The pictures are drawn for the run: our own specimens (`specimens.py`) through the simulator's camera, and mock papers of the
simulator whose templates were kept apart (`templates="check"`). The recogniser learnt from single lines drawn in fonts, never
from either.
"""

from __future__ import annotations

import io
import json
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from assay.kinds.documents.identity.detector import doubts_of
from assay.kinds.documents.identity.mrz import find_zone
from assay.kinds.documents.identity.papers import papers_of
from assay.kinds.documents.identity.specimens import SHAPES, drawn, made_up
from assay.kinds.documents.identity.zone import Layout, Zone, layout_of

WHEN = date(2026, 6, 1)
_BAD = ("medium", "high")


def figures(data: Path | None = None, *, seed: int = 2026, size: int = 4, papers: int = 24) -> dict[str, Any]:
    """`size` specimens for each layout and distortion, `papers` simulated ones; `data` is a folder of mock papers with JSON
    {field: {value}} beside the genuine ones and `fake_` before the names of the others."""
    strange = _specimens(seed, size, {"photograph": DISTORTIONS["photograph"]}, _not_learnt())
    out: dict[str, Any] = {
        "specimens": _specimens(seed, size, DISTORTIONS),
        "fount_not_learnt": {"fields": strange["fields"], "field_accuracy": strange["field_accuracy"]},
        "simulated": _simulated(seed, papers),
    }
    if data is not None:
        out["folder"] = _folder(data)
    return out


def _scan(rng: Random, face: np.ndarray) -> np.ndarray:
    from assay.kinds.documents.simulate import camera

    return camera.scan(rng, face.shape[0], face.shape[1]).take(face)


def _photograph(strength: float) -> Callable[[Random, np.ndarray], np.ndarray]:
    def take(rng: Random, face: np.ndarray) -> np.ndarray:
        from assay.kinds.documents.simulate import camera

        shot = camera.photograph(rng, face.shape[0], face.shape[1], strength)
        return camera.decoded(camera.jpeg(shot.take(face), shot.quality))

    return take


def _turned(rng: Random, face: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(np.rot90(_photograph(0.4)(rng, face), rng.choice((1, 2, 3))))


def _blurred(rng: Random, face: np.ndarray) -> np.ndarray:
    import cv2

    return np.asarray(cv2.GaussianBlur(_photograph(0.4)(rng, face), (0, 0), rng.uniform(1.0, 2.0)))


def _dim(rng: Random, face: np.ndarray) -> np.ndarray:
    taken = _photograph(0.4)(rng, face)
    noise = np.random.default_rng(rng.getrandbits(32)).normal(0, 2.5, taken.shape)
    dark: np.ndarray = np.clip(taken * rng.uniform(0.18, 0.35) + noise, 0, 255).astype(np.uint8)
    return dark


def _small(rng: Random, face: np.ndarray) -> np.ndarray:
    import cv2

    taken = _photograph(0.4)(rng, face)
    share = rng.uniform(0.45, 0.6)
    return np.asarray(cv2.resize(taken, None, fx=share, fy=share, interpolation=cv2.INTER_AREA))


def _coarse(rng: Random, face: np.ndarray) -> np.ndarray:
    from assay.kinds.documents.simulate import camera

    return camera.decoded(camera.jpeg(_photograph(0.4)(rng, face), rng.randint(18, 30)))


DISTORTIONS: dict[str, Callable[[Random, np.ndarray], np.ndarray]] = {
    "scan": _scan,
    "photograph": _photograph(0.5),
    "poor photograph": _photograph(0.9),
    "turned": _turned,
    "blurred": _blurred,
    "dim": _dim,
    "small": _small,
    "coarse JPEG": _coarse,
}


def _specimens(
    seed: int, size: int, distortions: dict[str, Callable[[Random, np.ndarray], np.ndarray]], fount: Path | None = None
) -> dict[str, Any]:
    from assay.kinds.documents.simulate.marks import seeded

    by: dict[str, dict[str, list[int]]] = {"layout": {}, "distortion": {}}
    spent = []
    for layout in SHAPES:
        for name, distort in distortions.items():
            for number in range(size):
                rng = seeded("identity bench", seed, layout.name, name, number)
                lines = made_up(rng, layout)
                picture = distort(rng, drawn(lines, layout, rng, fount))
                began = time.process_time()
                found = find_zone(picture)
                spent.append(time.process_time() - began)
                zone = None if found is None else found.decided.zone if found.decided.mended is None or found.decided.gap > 3 else found.decided.mended  # fmt: skip
                right = right_fields(zone, lines, layout)
                for group, key in (("layout", layout.name), ("distortion", name)):
                    have = by[group].setdefault(key, [0, 0])
                    have[0] += right
                    have[1] += len(layout.fields)
    total = np.sum(list(by["layout"].values()), axis=0)
    return {
        "fields": int(total[1]),
        "field_accuracy": round(float(total[0] / total[1]), 4),
        **{f"by_{g}": {k: round(a / b, 4) for k, (a, b) in found.items()} for g, found in by.items()},
        "cpu_seconds_median": round(float(np.median(spent)), 3),
        "cpu_seconds_p99": round(float(np.quantile(spent, 0.99)), 3),
    }


def _not_learnt() -> Path:
    """Bitstream Vera Sans, which comes with reportlab: no fount of a zone, and none the recogniser was shown."""
    import reportlab

    return Path(reportlab.__file__).parent / "fonts" / "Vera.ttf"


def right_fields(zone: Zone | None, lines: list[str], layout: Layout) -> int:
    """How many of the layout's fields say what was printed."""
    if zone is None or zone.layout is not layout:
        return 0
    return sum(zone.lines[f.line][f.start : f.stop] == lines[f.line][f.start : f.stop] for f in layout.fields)


def _simulated(seed: int, size: int) -> dict[str, Any]:
    """Mock identity papers of the held-out templates, photographed and scanned, half of them forged."""
    from assay.kinds.documents.simulate.papers import papers

    right = fields = 0
    genuine, accused = 0, 0
    forged: dict[str, list[int]] = {}
    for paper in papers(seed, size=size, templates="check", kinds="identity", media="photo,scan"):
        read = papers_of(paper.content)
        printed = paper.stated["mrz"].split("\n")
        layout = layout_of(printed)
        if layout is not None:
            fields += len(layout.fields)
            right += right_fields(read.zones[0].read.zone if read.zones else None, printed, layout)
        flagged = any(doubt.grade in _BAD for doubt in doubts_of(read, WHEN, "identity"))
        if paper.label == "genuine":
            genuine, accused = genuine + 1, accused + flagged
        else:
            have = forged.setdefault(paper.forgery, [0, 0])
            have[0], have[1] = have[0] + flagged, have[1] + 1
    return {
        "papers": size, "field_accuracy": round(right / max(1, fields), 4), "genuine": genuine, "genuine_accused": accused,
        "forged_found": {name: f"{a} of {b}" for name, (a, b) in sorted(forged.items())},
    }  # fmt: skip


def _folder(data: Path) -> dict[str, Any]:
    """What is said of the folder's papers, all saved again alike so that no container gives them away."""
    from PIL import Image

    truths = [json.loads(p.read_text("utf-8")) for p in sorted(data.glob("*.json"))]
    zones = [[one["mrz_line0"]["value"], one["mrz_line1"]["value"]] for one in truths if "mrz_line0" in one]
    told: dict[str, Any] = {"files": {}, "zone_fields_right": 0, "zone_fields": 0}
    for path in sorted(p for p in data.iterdir() if p.suffix.lower() in (".jpg", ".jpeg", ".png")):
        file = io.BytesIO()
        Image.open(path).convert("RGB").save(file, "JPEG", quality=90)
        read = papers_of(file.getvalue())
        doubts = doubts_of(read, WHEN, "identity")
        for on in read.zones:
            zone = on.read.zone
            truth = max(zones, key=lambda lines: sum(a == b for x, y in zip(lines, zone.lines, strict=False) for a, b in zip(x, y, strict=False)))  # fmt: skip
            told["zone_fields"] += len(zone.layout.fields)
            told["zone_fields_right"] += right_fields(zone, truth, zone.layout)
        page = read.opened.pages[0]
        told["files"][path.name] = {
            "said": sorted(doubt.code for doubt in doubts),
            "accused": any(doubt.grade in ("low", *_BAD) for doubt in doubts),
            "portraits": len(read.portraits(page.number, read.zones[0].found.angle if read.zones else 0.0).boxes),
        }
    return told
