"""Figures: how well log-odds part real faces from fakes, with intervals; and running a network over many crops."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from assay.kinds.faces.forged import tower
from assay.kinds.faces.forged.crops import Crop, cut
from assay.kinds.faces.forged.thresholds import VOTERS
from assay.vision import regions

BOOTSTRAPS = 1000


def votes(folder: Path, found: Sequence[Crop]) -> np.ndarray:
    """float64 (n, voters), log-odds of each of `thresholds.VOTERS` on crops as `vision.forged` would see them; without a tower
    or heads on it, of the first two."""
    import lightgbm
    import onnxruntime

    if not found:
        return np.zeros((0, len(VOTERS) if tower.votes(folder, ()) is not None else 2))
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = 1, 1
    net = onnxruntime.InferenceSession(str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"])
    trees = lightgbm.Booster(model_str=(folder / "trees.txt").read_text("utf-8"))
    told = []
    for crop in found:
        both = np.stack([crop.view, crop.view[:, ::-1]]).transpose(0, 3, 1, 2)
        told.append(float(net.run(["logit"], {"face": np.ascontiguousarray(both, np.float32) / 127.5 - 1.0})[0].mean()))
    numbers = np.array([regions.of_crop(*cut(crop.pixels, crop.points)) for crop in found], np.float32)
    given = [np.array(told), trees.predict(numbers, raw_score=True, num_threads=1)]
    by_tower = tower.votes(folder, found)
    return np.column_stack(given if by_tower is None else [*given, by_tower])


def area(real: np.ndarray, fake: np.ndarray, seed: int = 1) -> dict[str, Any]:
    """Area under the ROC curve with a 95 % bootstrap interval, and the share of fakes found at 1 % and 5 % false alarms."""
    if not len(real) or not len(fake):
        return {"real": len(real), "fake": len(fake), "auc": None}
    rng = np.random.default_rng(seed)
    drawn = [
        auc(real[rng.integers(0, len(real), len(real))], fake[rng.integers(0, len(fake), len(fake))])
        for _ in range(BOOTSTRAPS)
    ]
    low, high = np.quantile(drawn, [0.025, 0.975])
    return {
        "real": len(real), "fake": len(fake), "auc": auc(real, fake), "interval": [float(low), float(high)],
        "recall at 1 %": recall(real, fake, 0.01), "recall at 5 %": recall(real, fake, 0.05),
    }  # fmt: skip


def auc(real: np.ndarray, fake: np.ndarray) -> float:
    """How often a fake scores above a real one; ties count half (Mann and Whitney 1947)."""
    order = np.sort(real)
    below = np.searchsorted(order, fake, "left") + np.searchsorted(order, fake, "right")
    return float(below.sum() / (2 * len(real) * len(fake)))


def recall(real: np.ndarray, fake: np.ndarray, alarms: float) -> float:
    """Share of fakes above the score that this share of real ones exceeds."""
    level = np.sort(real)[::-1][min(int(alarms * len(real)), len(real) - 1)]
    return float((fake > level).mean())


def recoded(name: str, pixels: np.ndarray) -> np.ndarray:
    """The picture after what is often done to pictures; `RECODINGS` names them."""
    import cv2

    from assay.kinds.faces.forged.blend import recompressed

    height, width = pixels.shape[:2]

    def sized(by: float, back: bool = False) -> np.ndarray:
        small = cv2.resize(
            pixels, (max(1, round(width * by)), max(1, round(height * by))), interpolation=cv2.INTER_AREA
        )
        return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC) if back else small)

    if name.startswith("jpeg "):
        return recompressed(pixels, int(name[5:]))
    if name == "half the size":
        return sized(0.5)
    if name == "blur":
        return np.asarray(cv2.GaussianBlur(pixels, (0, 0), 1.0))
    if name == "screenshot":  # shown larger, taken down again, saved
        large = cv2.resize(pixels, (round(width * 1.37), round(height * 1.37)), interpolation=cv2.INTER_LINEAR)
        return recompressed(np.asarray(cv2.resize(large, (width, height), interpolation=cv2.INTER_AREA)), 90)
    if name == "messenger":  # long side at most 1280, often less for faces; strong recompression
        by = min(1.0, 640 / max(height, width))
        return recompressed(recompressed(sized(by), 80), 60)
    return pixels


RECODINGS = ("jpeg 95", "jpeg 75", "jpeg 50", "half the size", "blur", "screenshot", "messenger")
