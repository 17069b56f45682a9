"""`assay bench images --data FOLDER`: how well generated pictures are told from real ones, on sources that nothing had learned from.

Leave-source-out: networks are those that shipped for the fold that left the source out, trees, heads and the stack are learned
anew without it, here and now. Beside them, on the same folds: residual statistics with boosted trees, CLIP with logistic
regression (where its package is installed), an NPR-style residual, and the control that sees only size, format and tables.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

GOALS = {"AUC": 0.90, "recall at 5 %": 0.55}
SOUND_SIDE = 256
_SHORT = ("clean", "messenger")


def bench(
    data: Path | None = None, *, short: bool = False, seed: int = 2, models: Path | None = None
) -> dict[str, Any]:
    """One JSON object. `short`: two handlings instead of all, fewer timings. Without `data`: speed alone."""
    from assay.vision.generated import SHIPPED

    folder = models or SHIPPED
    found: dict[str, Any] = {"speed": speed(folder, pictures=6 if short else 24)}
    if data is not None:
        found |= left_out(data, folder, short=short, seed=seed)
    return found


def left_out(data: Path, folder: Path, *, short: bool, seed: int) -> dict[str, Any]:
    """Every figure that needs labelled pictures."""
    from assay.kinds.images.generated import baselines, stack, votes
    from assay.kinds.images.generated.figures import by_source
    from assay.kinds.images.generated.handling import TOLD
    from assay.kinds.images.generated.make import LEARNED_AFTER, thinned
    from assay.kinds.images.generated.pictures import listed, opened
    from assay.kinds.images.generated.write import read_features
    from assay.vision.generated import run_of

    pictures = opened(thinned(listed(data), seed))
    apart = [frozenset(fold) for fold in read_features(folder)["folds"]]
    networks = [run_of((folder / f"fold-{i}.onnx").read_bytes()) for i in range(len(apart))]
    learning = votes.samples(pictures, LEARNED_AFTER, seed=1)
    judged = votes.samples(pictures, _SHORT if short else TOLD, seed=seed)
    told = votes.out_of_fold(learning, judged, apart, networks, run_of((folder / "model.onnx").read_bytes()))

    def stacked(names: Sequence[str], rows: np.ndarray) -> np.ndarray:
        there = {name: told[name][rows] for name in names}
        return stack.stacked_apart(there, names, judged.truth[rows], judged.source[rows], apart)

    sound = judged.side >= SOUND_SIDE
    clean = sound & (judged.handling == "clean")
    square, score = judged.of(clean), stacked(stack.PLAIN, clean)
    npr = np.stack([baselines.npr(pixels) for pixels in square.pixels])
    ours = by_source(square, score)
    found: dict[str, Any] = {
        "folds": [sorted(fold) for fold in apart],
        "ours": ours,
        "faces": by_source(*_pick(square, score, square.faces)),
        "scenes": by_source(*_pick(square, score, ~square.faces)),
        "baselines": {
            "statistics, boosted trees": baselines.spared(by_source(square, told["statistics"][clean])),
            "NPR-style residual, boosted trees": baselines.spared(
                by_source(square, baselines.left_out(npr, square.truth, square.source, apart))
            ),
            "patch network alone": baselines.spared(by_source(square, told["network"][clean])),
        },
        "control": _control(pictures, square, apart),
        "goals": {name: ours["mean over sources"][name]["value"] >= goal for name, goal in GOALS.items()}
        if ours
        else {},
    }
    if "clip" in told:
        found["baselines"]["CLIP, logistic regression"] = baselines.spared(by_source(square, told["clip"][clean]))
        found["with CLIP's vote"] = by_source(square, stacked(stack.WITH_CLIP, clean))
    found["after"] = {}
    for handling in np.unique(judged.handling):
        rows = sound & (judged.handling == handling)
        figures = by_source(judged.of(rows), stacked(stack.PLAIN, rows))
        found["after"][str(handling)] = figures.get("mean over sources", {}) | {
            "sources": {name: row["AUC"] for name, row in figures.get("sources", {}).items()}
        }
    small = ~sound & (judged.handling == "clean")
    if small.any():
        found["sides under 256, told to be inconclusive"] = baselines.spared(
            by_source(judged.of(small), stacked(stack.PLAIN, small))
        )
    return found


def speed(folder: Path, *, pictures: int) -> dict[str, Any]:
    """Milliseconds for a picture of one megapixel, pixels to judgement, one thread; and pictures a second of two processes."""
    once = partial(_judged_in, str(folder))
    wall, cpu = zip(*[once(seed) for seed in range(pictures + 1)][1:], strict=True)
    began = time.perf_counter()
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        list(pool.map(once, range(2)))  # both open the model first
        began = time.perf_counter()
        list(pool.map(once, range(2 * pictures)))
    return {
        "pictures": pictures,
        "ms median": round(1000 * float(np.median(wall)), 1),
        "ms p99": round(1000 * float(np.quantile(wall, 0.99)), 1),
        "processor ms median": round(1000 * float(np.median(cpu)), 1),
        "pictures a second, two processes": round(2 * pictures / (time.perf_counter() - began), 2),
    }


def _judged_in(folder: str, seed: int) -> tuple[float, float]:
    """Wall and processor seconds of one made-up megapixel."""
    from assay.vision.generated import judge

    rng = np.random.default_rng(seed)
    coarse = np.kron(rng.integers(0, 255, (25, 32, 3)), np.ones((35, 36, 1)))[:868, :1152]
    pixels = np.clip(coarse + rng.normal(0, 6, coarse.shape), 0, 255).astype(np.uint8)
    wall, cpu = time.perf_counter(), time.process_time()
    judge(pixels, models=Path(folder))
    return time.perf_counter() - wall, time.process_time() - cpu


def _control(pictures: Sequence[Any], square: Any, apart: Sequence[frozenset[str]]) -> dict[str, Any]:
    """What size, format and tables alone tell: of the files as they came, and after the pipeline that all figures are taken on."""
    from assay.kinds.images.generated import baselines
    from assay.learning.evaluate import auc

    kept = [p for p in pictures if min(p.pixels.shape[:2]) >= SOUND_SIDE]
    truth, source = np.array([p.truth for p in kept]), np.array([p.source for p in kept])
    before = baselines.left_out(baselines.of_the_file(kept), truth, source, apart)
    after = baselines.left_out(baselines.after_the_pipeline(square), square.truth, square.source, apart)
    return {
        "files as they came, AUC": round(auc(truth, before), 3),
        "after the common pipeline, AUC": round(auc(square.truth, after), 3),
    }


def _pick(found: Any, score: np.ndarray, reals: np.ndarray) -> tuple[Any, np.ndarray]:
    """All generated pictures against real ones of one kind."""
    rows = reals | (found.truth == 1)
    return found.of(rows), score[rows]


__all__ = ["bench"]
