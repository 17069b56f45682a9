"""`assay bench faces --data FOLDER`: what ships beside the same trees and network trained without blending, on sources that
neither learned from: expert composites against real faces, self-blended twins, talking heads against real clips, each
after recoding too; verdicts by source; milliseconds of processor time a face.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from assay.core.errors import ModelError
from assay.kinds.faces.evaluate import FORGED, REAL, face_of, learned, mesh_of, opened_version, summary
from assay.kinds.faces.forged.crops import Crop, Listed, crop, listed
from assay.kinds.faces.forged.evaluation import RECODINGS, area, recoded, votes
from assay.kinds.faces.forged.thresholds import VOTERS
from assay.kinds.faces.train import twins_of
from assay.vision.forged import SHIPPED, Judged, judge, opened, stack_of
from assay.vision.mesh import Mesh

WHOLE = SHIPPED.parent / "whole"  # the baseline: the same voters, whole faces changed and nothing blended
PEERS = {"shipped": SHIPPED, "baseline, nothing blended": WHOLE}
CLIPS = (".mp4", ".gif", ".webm", ".avi", ".mov")
FRAMES = 8  # of a clip, evenly
PAIR = ("real_ciplab", "swap_ciplab_composite")  # made by the same people in the same way


def bench(data: Path | None = None, *, short: bool = False) -> dict[str, Any]:
    """One JSON object. `data`: a folder with `manifest.csv`; without it only the speed is measured. `short` judges few."""
    if opened(SHIPPED) is None:
        raise ModelError("no network ships that runs here", where=str(SHIPPED))
    found: dict[str, Any] = {"model": opened_version(SHIPPED), "speed": speed()}
    if data is None:
        return found
    out = set(learned(SHIPPED)) | set(learned(WHOLE))
    wanted = [one for one in listed(data) if one.label in REAL + FORGED and one.source not in out]
    wanted = wanted[:: 8 if short else 1]
    held = [(one, *got) for one in _shown(wanted) if (got := face_of(one)) is not None]
    told = [(one, judge(pixels, shape)) for one, pixels, shape in held]
    found["sources learned from, left out"] = sorted(out)
    found |= summary(told)
    found["composites"] = composites(held)
    found["twins"] = twins(held)
    if not short:
        found["recodings"] = {name: _recoded(held, name) for name in RECODINGS}
    found["clips"] = clips(data)
    return found


Held = tuple[Listed, np.ndarray, Mesh]


def composites(held: Sequence[Held]) -> dict[str, Any]:
    """Expert composites against real faces of the same origin, and against those of every source."""
    made = [(one, c) for one, pixels, _ in held if (c := crop(pixels, one)) is not None and not c.poor]
    of = {label: [c for one, c in made if _side(one, label)] for label in ("same", "real", "fake")}
    told = {}
    for name, folder in PEERS.items():
        if (folder / "model.onnx").is_file():
            scores = {label: scored(folder, faces) for label, faces in of.items()}
            told[name] = {
                "against real of the same origin": _areas(scores["same"], scores["fake"]),
                "against real of all sources": _areas(scores["real"], scores["fake"]),
            }
    return told


def twins(held: Sequence[Held], most: int = 300) -> dict[str, Any]:
    """Real faces of sources kept out against self-blended twins of themselves."""
    made = [c for one, pixels, _ in held if one.label in REAL and (c := crop(pixels, one)) is not None and not c.poor]
    made = made[:most]
    fakes = twins_of(made, 2)
    return {
        name: _areas(scored(folder, made), scored(folder, fakes))
        for name, folder in PEERS.items()
        if (folder / "model.onnx").is_file()
    }


def scored(folder: Path, found: Sequence[Crop]) -> dict[str, np.ndarray]:
    """Log-odds of each voter and of all together."""
    told = votes(folder, found)
    voters = VOTERS[: told.shape[1]]
    stack = json.loads((folder / "features.json").read_text("utf-8"))["stacks"][stack_of(voters)]
    together = told @ np.array([stack[name] for name in voters]) + stack["level"]
    return {"together": together, **{name: told[:, at] for at, name in enumerate(voters)}}


def _areas(real: dict[str, np.ndarray], fake: dict[str, np.ndarray]) -> dict[str, Any]:
    return {name: area(real[name], fake[name]) for name in real}


def _side(one: Listed, label: str) -> bool:
    if label == "fake":
        return one.label in FORGED
    return one.label in REAL and (label == "real" or one.source == PAIR[0])


def _recoded(held: Sequence[Held], name: str) -> dict[str, Any]:
    """Composites against real faces of the same origin, both recoded; faces are found anew."""
    scores: dict[str, list[float]] = {"same": [], "fake": []}
    for one, pixels, _ in held:
        label = "fake" if _side(one, "fake") else "same" if _side(one, "same") else ""
        if label and (got := mesh_of(recoded(name, pixels))) is not None:
            scores[label].append(judge(*got).log_odds)
    return area(np.array(scores["same"]), np.array(scores["fake"]))


def clips(data: Path) -> dict[str, Any]:
    """Frames of real clips and of talking heads: mean probability and verdicts by source, and whether the talking heads'
    frames score above the real ones'. Few clips: read it as an example."""
    import csv

    with (data / "manifest.csv").open(newline="", encoding="utf-8") as file:
        rows = [r for r in csv.DictReader(file) if r["path"].lower().endswith(CLIPS) and r["label"] in REAL + FORGED]
    told: list[tuple[Listed, Judged]] = []
    means: dict[str, list[float]] = {"real": [], "fake": []}
    for row in rows:
        one = Listed(data / row["path"], row["label"], row["source"] or Path(row["path"]).parts[0])
        said = [judge(*got) for frame in frames(one.path) if (got := mesh_of(frame)) is not None]
        told += [(one, each) for each in said]
        if said:
            means["real" if one.label in REAL else "fake"].append(float(np.mean([each.log_odds for each in said])))
    found = summary(told)
    return {
        "clips": {label: len(of) for label, of in means.items()},
        "frames": found["all"],
        "sources": found["sources"],
        "share of real clips below each fake one": [float((np.array(means["real"]) < v).mean()) for v in means["fake"]],
    }


def frames(path: Path) -> Iterator[np.ndarray]:
    """At most `FRAMES` frames of a clip, evenly, as uint8 RGB."""
    import cv2

    clip = cv2.VideoCapture(str(path))
    try:
        count = max(1, int(clip.get(cv2.CAP_PROP_FRAME_COUNT)))
        wanted = set(np.linspace(0, count - 1, min(FRAMES, count)).astype(int).tolist())
        for number in range(min(count, 3000)):
            if not clip.grab():
                return
            if number in wanted:
                done, frame = clip.retrieve()
                if done:
                    yield np.ascontiguousarray(frame[:, :, ::-1])
    finally:
        clip.release()


def speed(n: int = 20) -> dict[str, Any]:
    """Milliseconds of processor time on one core for a drawn face of 600 pixels: found and meshed, then judged."""
    from assay.vision.drawn import drawn_face

    pixels = drawn_face(600)
    got = mesh_of(pixels)
    if got is None:
        return {}
    judge(*got)
    began = time.process_time()
    for _ in range(n):
        mesh_of(pixels)
    found = time.process_time()
    for _ in range(n):
        judge(*got)
    return {"found and meshed, ms": 1000 * (found - began) / n, "judged, ms": 1000 * (time.process_time() - found) / n}


def _shown(wanted: Sequence[Listed]) -> Iterator[Listed]:
    for number, one in enumerate(wanted, 1):
        if number % 50 == 0:
            print(f"faces: {number} of {len(wanted)} pictures", file=sys.stderr)
        yield one
