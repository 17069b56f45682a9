"""`assay bench images --data FOLDER`: how well generated pictures are told from real ones, on sources that nothing had learned from.

Leave-source-out: networks are those that shipped for the fold that left the source out, trees, heads and the stack are learned
anew without it, here and now. Beside them, on the same folds: residual statistics with boosted trees, CLIP's embedding with
logistic regression (where its package is installed), an NPR-style residual, and the control that sees only size, format and tables.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from assay.kinds.images.generated.pictures import Picture
    from assay.kinds.images.generated.votes import Samples

GOALS = {"AUC": 0.90, "recall at 5 %": 0.55}
SOUND_SIDE = 256
WORN_OF_A_SOURCE = 15  # pictures of a source that the table of handlings rests on


def bench(
    data: Path | None = None, *, short: bool = False, seed: int = 2, models: Path | None = None
) -> dict[str, Any]:
    """One JSON object. `short`: only what the learning had measured anyway, fewer timings. Without `data`: speed alone."""
    from assay.vision.generated import SHIPPED

    folder = models or SHIPPED
    found: dict[str, Any] = {"speed": speed(folder, pictures=6 if short else 24)}
    if data is not None:
        found |= left_out(data, folder, short=short, seed=seed)
    return found


def left_out(data: Path, folder: Path, *, short: bool, seed: int) -> dict[str, Any]:
    """Every figure that needs labelled pictures."""
    from assay.kinds.images.generated import votes
    from assay.kinds.images.generated.handling import TOLD
    from assay.kinds.images.generated.make import LEARNED_AFTER, thinned
    from assay.kinds.images.generated.pictures import listed, opened

    pictures = opened(thinned(listed(data), 1))
    learning = votes.samples(pictures, LEARNED_AFTER, seed=1)
    found = told(pictures, learning, learning, folder)
    if not short:
        worn = votes.samples(pictures, TOLD, seed=seed, clip=TOLD, least_side=SOUND_SIDE, most=WORN_OF_A_SOURCE)
        found["after"] = told(pictures, learning, worn, folder)["after"]
    return found


def told(pictures: Sequence[Picture], learning: Samples, judged: Samples, folder: Path) -> dict[str, Any]:
    """The figures of `judged`, each score by voters that had not learned from its source."""
    from assay.kinds.images.generated import baselines, stack, votes
    from assay.kinds.images.generated.figures import by_source
    from assay.kinds.images.generated.write import read_features
    from assay.vision.generated import run_of

    apart = [frozenset(fold) for fold in read_features(folder)["folds"]]
    networks = [run_of((folder / f"fold-{i}.onnx").read_bytes()) for i in range(len(apart))]
    given = votes.out_of_fold(learning, judged, apart, networks, run_of((folder / "model.onnx").read_bytes()))
    stacks = {"ours": stack.PLAIN} | ({"ours with CLIP's vote": stack.WITH_CLIP} if "clip" in given else {})
    scores = {name: np.full(len(judged), np.nan) for name in stacks}
    for name, voters in stacks.items():
        rows = np.all([np.isfinite(given[voter]) for voter in voters], axis=0)
        votes_of = {voter: given[voter][rows] for voter in voters}
        scores[name][rows] = stack.stacked_apart(votes_of, voters, judged.truth[rows], judged.source[rows], apart)

    def figures(score: np.ndarray, rows: np.ndarray) -> dict[str, Any]:
        rows = rows & np.isfinite(score)
        return by_source(judged.of(rows), score[rows], apart) if rows.any() else {}

    sound = judged.side >= SOUND_SIDE
    clean, generated = sound & (judged.handling == "clean"), judged.truth == 1
    square = judged.of(clean)
    npr = np.full(len(judged), np.nan)
    numbers = np.stack([baselines.npr(pixels) for pixels in square.pixels])
    npr[clean] = baselines.left_out(numbers, square.truth, square.source, apart)
    others = {
        "residual statistics, boosted trees": given["statistics"],
        "NPR-style residual, boosted trees": npr,
        "patch network alone": given["network"],
    }
    if "clip" in given:
        others["the CLIP tower's blocks alone"] = given["clip"]
        others["CLIP's embedding, logistic regression"] = last_word = np.full(len(judged), np.nan)
        told_of = votes.seen(judged)
        shown = judged.of(told_of)
        last_word[told_of] = baselines.left_out(shown.embedding, shown.truth, shown.source, apart, baselines.linear)
    found: dict[str, Any] = {
        "folds": [sorted(fold) for fold in apart],
        **{name: figures(score, clean) for name, score in scores.items()},
        "faces": {n: baselines.spared(figures(s, clean & (judged.faces | generated))) for n, s in scores.items()},
        "scenes": {n: baselines.spared(figures(s, clean & ~(judged.faces & ~generated))) for n, s in scores.items()},
        "baselines": {name: baselines.spared(figures(score, clean)) for name, score in others.items()},
        "control": _control(pictures, square, apart),
        "after": {
            name: {
                str(handling): baselines.spared(figures(score, sound & (judged.handling == handling)))
                for handling in np.unique(judged.handling)
            }
            for name, score in scores.items()
        },
    }
    found["goals"] = {
        name: {
            what: row["value"] >= goal
            for what, goal in GOALS.items()
            if (row := found[name]["mean over sources"][what])
        }
        for name in scores
        if found[name]
    }
    small = ~sound & (judged.handling == "clean")
    if small.any():
        found["sides under 256, told to be inconclusive"] = {
            n: baselines.spared(figures(s, small)) for n, s in scores.items()
        }
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


__all__ = ["bench"]
