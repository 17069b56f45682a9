"""Judges whether a face was put together: blended into the picture whole or in part, as swaps and composites are.

Voters look at the face cut out upright: boosted trees over statistics of its parts, each against the parts beside it, a small
network, whose answers for each cell of the crop are the heat map, and, where the CLIP image tower is installed, heads on its
later blocks. All learned from self-blended images (Shiohara and
Yamasaki 2022); what was generated whole leaves no blending and is not seen. A logistic stack joins them. The model is a folder
made by `assay train faces`; the one that ships is used where none is named.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple

import numpy as np

from assay.vision import clip_tower
from assay.vision.align import MARGIN, aligned
from assay.vision.mesh import Mesh
from assay.vision.quality import Quality, quality
from assay.vision.regions import names, statistics

SHIPPED = Path(__file__).parent.parent / "kinds" / "faces" / "shipped" / "forged"
FILES = ("model.onnx", "trees.txt", "features.json")
TOWER = "tower.json"  # heads on the CLIP tower; a model may do without
SIDE = 192  # pixels a side of what the network sees
PLAIN, WITH_TOWER = "plain", "with tower"  # the two stacks
_STRONG = 30.0  # log-odds

# A view worse than this decides nothing. Start values after the field's usual gates; those of blur and light stand beyond
# the 99th percentile of the real faces at hand.
LEAST_SIZE = 80.0  # pixels of the outline's longer side
MOST_BLUR = 0.78
MOST_TURN = {"yaw": 50.0, "pitch": 40.0}  # degrees
LEAST_INSIDE = 0.55  # of the crop that the picture really shows
LIGHT = (0.06, 0.97)  # of the skin's middle brightness
LEAST_CONTRAST = 0.06


class Judged(NamedTuple):
    """What the pixels of one face say.

    probability  that the face was put together, calibrated; None where it cannot be said at all
    heat         float32 (cells, cells) 0..1, how much of each cell of the crop was put in; None without a probability
    why_not      why no decision should rest on the probability: "", or small | blurred | turned | dark | bright | flat |
                 cut | no-model
    log_odds     of that probability
    votes        name of each voter (network, regions, tower) -> its own log-odds, not calibrated
    affine       float64 (2, 3) from the picture's pixels to the crop's (SIDE a side): where the heat lies
    doubt        between these two probabilities the model decides nothing
    """

    probability: float | None
    heat: np.ndarray | None
    why_not: str
    log_odds: float = 0.0
    affine: np.ndarray | None = None
    doubt: tuple[float, float] = (0.0, 1.0)
    votes: dict[str, float] = {}


def judge(pixels: np.ndarray, shape: Mesh, *, models: Path | None = None, tower: bool = True) -> Judged:
    """One face of uint8 (height, width, 3) RGB pixels, whose mesh is at hand; models: a folder made by `assay train faces`.

    Deterministic; some 30 ms on one core, and 100 more with the tower, which `tower` can leave out. A face that is seen badly still gets its probability, and `why_not` says so.
    """
    model = opened(models or SHIPPED)
    if model is None:
        return Judged(None, None, "no-model")
    try:
        crop = aligned(pixels, shape.points, SIDE, MARGIN)
    except ValueError:
        return Judged(None, None, "cut")
    network, cells = model.network(crop.pixels)
    votes = {"network": network, "regions": float(model.trees(statistics(pixels, shape)[None])[0])}
    if tower and model.hears_tower and (seen := clip_tower.seen(crop.pixels)) is not None:
        votes["tower"] = model.tower(seen)
    log_odds = model.stacked(votes)
    why_not = poor(quality(pixels, shape)) or ("cut" if crop.inside < LEAST_INSIDE else "")
    return Judged(probability(log_odds), cells, why_not, log_odds, crop.affine, model.doubt(votes), votes)


def tower_tokens(seen: clip_tower.Seen) -> np.ndarray:
    """float32[numbers]: what the heads look at, class tokens and means of the patches of the tower's later blocks."""
    return np.concatenate([seen.classes, seen.patches]).ravel()


def poor(view: Quality) -> str:
    """Why a view of a face is too poor to decide anything; "" where it is not."""
    if view.size < LEAST_SIZE:
        return "small"
    if abs(view.yaw) > MOST_TURN["yaw"] or abs(view.pitch) > MOST_TURN["pitch"]:
        return "turned"
    if not LIGHT[0] <= view.exposure <= LIGHT[1]:
        return "dark" if view.exposure < LIGHT[0] else "bright"
    if view.contrast < LEAST_CONTRAST:
        return "flat"
    return "blurred" if view.blur > MOST_BLUR else ""


def hottest(judged: Judged, least: float = 0.5) -> tuple[float, float, float, float] | None:
    """x0, y0, x1, y1 in the picture's pixels round the largest part whose heat is at least `least`; None where there is
    none."""
    import cv2

    if judged.heat is None or judged.affine is None:
        return None
    count, _, stats, _ = cv2.connectedComponentsWithStats((judged.heat >= least).astype(np.uint8))
    if count < 2:
        return None
    x, y, w, h = (int(v) for v in stats[1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA])), :4])
    cell = SIDE / judged.heat.shape[0]
    corners = np.array([[x, y], [x + w, y], [x + w, y + h], [x, y + h]], np.float64) * cell
    back = np.linalg.inv(judged.affine[:, :2])
    placed = (corners - judged.affine[:, 2]) @ back.T
    (x0, y0), (x1, y1) = placed.min(0), placed.max(0)
    return float(x0), float(y0), float(x1), float(y1)


def spread(judged: Judged, height: int, width: int) -> np.ndarray:
    """The heat laid over the picture: float32 (height, width) 0..1, nothing outside the crop."""
    import cv2

    if judged.heat is None or judged.affine is None:
        return np.zeros((height, width), np.float32)
    crop = cv2.resize(judged.heat, (SIDE, SIDE), interpolation=cv2.INTER_LINEAR)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(np.clip(cv2.warpAffine(crop, judged.affine, (width, height), flags=flags), 0, 1), np.float32)


class Model:
    """An opened folder: `model.onnx`, `trees.txt` (LightGBM), `features.json` (stacks and doubts), `card.json`, and `tower.json`
    where it has heads on the tower. `version` is the hash of all but the card."""

    def __init__(self, folder: Path) -> None:
        import lightgbm
        import onnxruntime

        told: dict[str, Any] = json.loads((folder / "features.json").read_text("utf-8"))
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = 1, 1
        content = (folder / "model.onnx").read_bytes()
        self._session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
        if int(told["side"]) != SIDE:
            raise ValueError("the model was made for faces of another size")
        self._trees = lightgbm.Booster(model_str=(folder / "trees.txt").read_text("utf-8"))
        if tuple(told["statistics"]) != names():
            raise ValueError("the model was made from other statistics")
        self._stacks: dict[str, dict[str, float]] = told["stacks"]
        self._doubts: dict[str, list[float]] = told["doubts"]
        if not all({"network", "regions", "level"} <= stack.keys() for stack in self._stacks.values()):
            raise ValueError("a stack lacks a voter")
        self._tower = _heads(folder / TOWER) if WITH_TOWER in self._stacks else None
        self.hears_tower = self._tower is not None
        self.version = version_of(folder)
        self._turn = Lock()

    def network(self, crop: np.ndarray) -> tuple[float, np.ndarray]:
        """Log-odds and cells float32 (n, n) of a uint8 (SIDE, SIDE, 3) crop: the mean over it and its mirror image."""
        both = np.stack([crop, crop[:, ::-1]]).transpose(0, 3, 1, 2)
        with self._turn:
            logit, cells = self._session.run(None, {"face": np.ascontiguousarray(both, np.float32) / 127.5 - 1.0})
        inside = 1 / (1 + np.exp(-np.clip(cells[:, 0], -_STRONG, _STRONG)))
        return float(np.clip(logit, -_STRONG, _STRONG).mean()), np.asarray(
            (inside[0] + inside[1, :, ::-1]) / 2, np.float32
        )

    def trees(self, numbers: np.ndarray) -> np.ndarray:
        """float64 (n,) log-odds of statistics float32 (n, numbers)."""
        found = self._trees.predict(numbers, raw_score=True, num_threads=1)
        return np.asarray(found, np.float64).clip(-_STRONG, _STRONG)

    def tower(self, seen: clip_tower.Seen) -> float:
        """Log-odds by the heads on the tower."""
        assert self._tower is not None
        return float(np.clip(tower_tokens(seen) @ self._tower[0] + self._tower[1], -_STRONG, _STRONG))

    def doubt(self, votes: dict[str, float]) -> tuple[float, float]:
        """The two probabilities between which the stack of these votes decides nothing."""
        low, high = self._doubts[stack_of(votes)]
        return float(low), float(high)

    def stacked(self, votes: dict[str, float]) -> float:
        """The calibrated log-odds that the votes come to together."""
        stack = self._stacks[stack_of(votes)]
        return float(sum(stack[name] * vote for name, vote in votes.items()) + stack["level"])


def _heads(path: Path) -> tuple[np.ndarray, float]:
    told: dict[str, Any] = json.loads(path.read_text("utf-8"))
    weights = np.array(told["weights"], np.float32)
    if len(weights) != 2 * clip_tower.BLOCKS * clip_tower.WIDTH:
        raise ValueError("the model was made for another reading of the tower")
    return weights, float(told["level"])


def stack_of(votes: Collection[str]) -> str:
    """Which of a model's stacks joins these voters."""
    return WITH_TOWER if "tower" in votes else PLAIN


def probability(log_odds: float) -> float:
    return float(1 / (1 + np.exp(-np.clip(log_odds, -_STRONG, _STRONG))))


def version_of(folder: Path) -> str:
    """SHA-256 over the files that decide, in hex; "none" where there are none."""
    digest = hashlib.sha256()
    if not all((folder / name).is_file() for name in FILES):
        return "none"
    for name in (*FILES, *((TOWER,) if (folder / TOWER).is_file() else ())):
        content = (folder / name).read_bytes()
        digest.update(name.encode() + len(content).to_bytes(8, "big") + content)
    return digest.hexdigest()


@lru_cache(maxsize=4)
def opened(folder: Path) -> Model | None:
    """The model of a folder; None where there is none that this version can run."""
    try:
        return Model(folder)
    except Exception:  # a broken file raises whatever the runtime likes; the detector then says that it cannot tell
        return None
