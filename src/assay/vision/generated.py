"""Judges whether a whole picture came out of a generator, from native-resolution patches spread over it; never resized.

Votes: the patch network (`model.onnx`), statistics of residuals (boosted trees), and, where its package is installed, a
linear head on a CLIP image tower. A logistic stack joins them; its weights and its probability were fitted on sources that no
voter had learned from. The model is a folder made by `assay train images`; the one that ships is used where none is named.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from assay.vision import clip_tower, residuals
from assay.vision.patches import LEAST_SIDE, Patches, spread, starts

SHIPPED = Path(__file__).parent.parent / "kinds" / "images" / "shipped" / "generated"
MOST_PATCHES = 32  # of 128 pixels a side: half a megapixel, evenly over the picture
STATISTICS_ON = 12  # of them
SOUND_SIDE = 256  # pixels; below it too few patches speak
SOUND_QUALITY = 30  # of JPEG; below it little of the finest detail is left
SMOOTH = (
    0.12  # mean absolute residual, in grey levels: less is left of any camera's noise only by strong blur or enlarging
)
TOWER_BLOCKS = 4  # of the CLIP tower's last blocks
TOWER_TOKENS = TOWER_BLOCKS * clip_tower.WIDTH
MOST_VOTE = 8.0  # log-odds, of one voter in the stack
_STRONG = 30.0


class Judged(NamedTuple):
    """What the pixels say.

    probability  that a generator made the picture, calibrated; None where it cannot be said at all
    patches      float32 (rows, cols): each patch's own probability, for a heat map; empty without a probability
    patch        pixels a side of each; `box` says where one lies
    votes        name of each voter (network, statistics, clip) -> its log-odds
    why_not      why no decision should rest on the probability: "", or small | low-quality | smooth | unlike |
                 contradictory | no-model
    doubt        between these two probabilities the model decides nothing
    """

    probability: float | None
    patches: np.ndarray
    patch: int
    votes: dict[str, float]
    why_not: str
    doubt: tuple[float, float] = (0.0, 1.0)


def judge(
    pixels: np.ndarray, jpeg_quality: int | None = None, *, models: Path | None = None, heat: bool = True
) -> Judged:
    """pixels: uint8 (h, w, 3) RGB of any size; jpeg_quality: of the file's tables, where known; models: a folder made by
    `assay train images`; heat: is a heat map wanted? Without, the network is not run where the stack does not hear it.

    Deterministic and bounded: at most `MOST_PATCHES` patches are looked at. Gives a probability from 64 pixels a side on,
    and says "small" below 256.
    """
    model = opened(models or SHIPPED)
    if model is None or min(pixels.shape[:2]) < LEAST_SIDE:
        return Judged(None, np.zeros((0, 0), np.float32), 0, {}, "no-model" if model is None else "small")
    cut = spread(pixels, MOST_PATCHES)
    numbers = statistics_of(cut)
    seen = clip_tower.seen(pixels) if model.heads_clip else None
    tokens = None if seen is None else tower_tokens(seen)
    log_odds = model.network(cut.pixels) if heat or model.hears_network(tokens is not None) else None
    votes = model.votes(log_odds, numbers, tokens)
    patches = np.zeros((0, 0), np.float32)
    if log_odds is not None:
        patches = _probability(model.heat[0] * log_odds + model.heat[1]).reshape(cut.rows, cut.cols).astype(np.float32)
    why_not = _why_not(pixels, jpeg_quality, numbers, votes, model)
    return Judged(model.stacked(votes), patches, cut.side, votes, why_not, model.doubt(votes))


def tower_tokens(seen: clip_tower.Seen) -> np.ndarray:
    """float32[TOWER_TOKENS]: what the head looks at, the class tokens of the tower's last third."""
    return seen.classes[-TOWER_BLOCKS:].ravel()


def box(judged: Judged, row: int, col: int, height: int, width: int) -> tuple[float, float, float, float]:
    """x0, y0, x1, y1 in pixels of the patch in that row and column of `judged.patches`."""
    rows, cols = judged.patches.shape
    y, x = starts(height, judged.patch, rows)[row], starts(width, judged.patch, cols)[col]
    return float(x), float(y), float(x + judged.patch), float(y + judged.patch)


def statistics_of(cut: Patches) -> np.ndarray:
    """float32[len(residuals.names())] over at most `STATISTICS_ON` of the patches, evenly taken."""
    count = len(cut.pixels)
    taken = np.unique(np.linspace(0, count - 1, min(count, STATISTICS_ON)).astype(int))
    return residuals.statistics(cut.pixels[taken])


class Model:
    """An opened folder: `model.onnx`, `trees.txt` (LightGBM), `features.json`."""

    def __init__(self, folder: Path) -> None:
        import lightgbm

        told: dict[str, Any] = json.loads((folder / "features.json").read_text("utf-8"))
        self.network = run_of((folder / "model.onnx").read_bytes())
        self._trees = lightgbm.Booster(model_str=(folder / "trees.txt").read_text("utf-8"))
        if tuple(told["statistics"]) != residuals.names():
            raise ValueError("the model was made from other statistics")
        self._middle, self._spread = (np.array(told["typical"][k], np.float32) for k in ("median", "spread"))
        self.unlike_above = float(told["typical"]["unlike_above"])
        self._stacks: dict[str, dict[str, Any]] = told["stacks"]
        self.heat: tuple[float, float] = tuple(told["heat"])
        self._doubts: dict[str, list[float]] = told["doubt"]
        clip = told.get("clip")
        self._clip = (np.array(clip["weights"], np.float32), float(clip["level"])) if clip else None
        self.heads_clip = self._clip is not None
        if self._clip is not None and len(self._clip[0]) != TOWER_TOKENS:
            raise ValueError("the model was made for another reading of the tower")

    def hears_network(self, tower: bool) -> bool:
        """Does the network count in the stack, with the tower or without?"""
        return bool(self._stacks["with clip" if tower else "plain"]["network"])

    def votes(self, log_odds: np.ndarray | None, numbers: np.ndarray, tokens: np.ndarray | None) -> dict[str, float]:
        """Each voter's log-odds for the whole picture, within what the stack was fitted on; those alone that are there."""
        found = {} if log_odds is None else {"network": pooled(log_odds)}
        found["statistics"] = float(self.trees(numbers[None])[0])
        if tokens is not None and self._clip is not None:
            found["clip"] = float(tokens @ self._clip[0] + self._clip[1])
        return {name: float(np.clip(vote, -MOST_VOTE, MOST_VOTE)) for name, vote in found.items()}

    def trees(self, numbers: np.ndarray) -> np.ndarray:
        """float64[n] log-odds by the boosted trees of float32 (n, numbers)."""
        found = self._trees.predict(numbers, raw_score=True, num_threads=1)
        return np.asarray(found, np.float64).clip(-_STRONG, _STRONG)

    def doubt(self, votes: dict[str, float]) -> tuple[float, float]:
        """The two probabilities between which the stack of these votes decides nothing."""
        lower, upper = self._doubts[_stack_of(votes)]
        return float(lower), float(upper)

    def stacked(self, votes: dict[str, float]) -> float:
        """The calibrated probability that the votes come to together."""
        stack = self._stacks[_stack_of(votes)]
        return float(_probability(sum(stack[name] * vote for name, vote in votes.items()) + stack["level"]))

    def strangeness(self, numbers: np.ndarray) -> float:
        """How far from the pictures learned from; see `strangeness`."""
        return float(strangeness(numbers, self._middle, self._spread))


def run_of(content: bytes) -> Callable[[np.ndarray], np.ndarray]:
    """A patch network from its ONNX bytes: uint8 (n, side, side, 3) patches -> float32[n] log-odds. One thread."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = 1, 1
    session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])

    def run(patches: np.ndarray) -> np.ndarray:
        found = []
        for at in range(0, len(patches), 8):  # eight at a time: memory stays small, and it is no slower
            x = np.ascontiguousarray(patches[at : at + 8].transpose(0, 3, 1, 2), np.float32)
            found.append(session.run(None, {"patches": x})[0])
        return np.asarray(np.clip(np.concatenate(found), -_STRONG, _STRONG), np.float32)

    return run


@lru_cache(maxsize=4)
def opened(folder: Path) -> Model | None:
    """The model of a folder; None where there is none that this version can run."""
    try:
        return Model(folder)
    except (OSError, KeyError, ValueError, TypeError, ImportError, RuntimeError):
        return None


def strangeness(numbers: np.ndarray, middle: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """How far statistics (..., numbers) lie from a median, in spreads: root of the mean square, each held to 12."""
    distance = np.minimum(np.abs(numbers - middle) / spread, 12)
    return np.asarray(np.sqrt((distance**2).mean(-1)))


def pooled(log_odds: np.ndarray) -> float:
    """Patches to one picture: the mean, strong ones held back so that one corner cannot outvote the rest."""
    return float(np.clip(log_odds, -8, 8).mean())


def _why_not(
    pixels: np.ndarray, quality: int | None, numbers: np.ndarray, votes: dict[str, float], model: Model
) -> str:
    if min(pixels.shape[:2]) < SOUND_SIDE:
        return "small"
    if quality is not None and quality < SOUND_QUALITY:
        return "low-quality"
    if numbers[residuals.names().index("noise.level")] < np.log(SMOOTH):
        return "smooth"
    if model.strangeness(numbers) > model.unlike_above:
        return "unlike"
    network, statistics = votes.get("network", 0.0), votes["statistics"]
    if network * statistics < 0 and min(abs(network), abs(statistics)) > 2.0:
        return "contradictory"
    return ""


def _stack_of(votes: dict[str, float]) -> str:
    return "with clip" if "clip" in votes else "plain"


def _probability(log_odds: Any) -> Any:
    return 1 / (1 + np.exp(-np.clip(log_odds, -_STRONG, _STRONG)))


__all__ = [
    "MOST_PATCHES",
    "SHIPPED",
    "TOWER_TOKENS",
    "Judged",
    "Model",
    "box",
    "judge",
    "opened",
    "pooled",
    "run_of",
    "statistics_of",
    "strangeness",
    "tower_tokens",
]
