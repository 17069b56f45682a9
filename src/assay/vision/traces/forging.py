"""Edits made by code, for figures: a picture with one part of it changed, and what happens to files afterwards. Ours, so that figures
on them are upper bounds: on forgeries made by hand, published and own trials of pixel cues are near chance."""

from __future__ import annotations

import io

import numpy as np

EDITS = ("smooth patch", "splice", "enlarged", "moved", "retyped")


def jpeg(rgb: np.ndarray, quality: int) -> bytes:
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(rgb).save(file, "JPEG", quality=quality)
    return file.getvalue()


def decoded(content: bytes) -> np.ndarray:
    from PIL import Image

    return np.asarray(Image.open(io.BytesIO(content)).convert("RGB"))


def handled(rgb: np.ndarray, handling: str) -> bytes:
    import cv2

    if handling.startswith("shrunk"):
        return jpeg(cv2.resize(rgb, None, fx=0.7, fy=0.7, interpolation=cv2.INTER_AREA), 80)
    return jpeg(rgb, int(handling.rpartition(" ")[2]))


def edited(rgb: np.ndarray, edit: str, others: list[np.ndarray], rng: np.random.Generator) -> np.ndarray:
    """The picture with one part of it changed."""
    import cv2

    page = rgb.copy()
    h, w = page.shape[:2]
    bw, bh = int(rng.integers(80, 180)), int(rng.integers(32, 64))
    x, y = int(rng.integers(8, w - bw - 8)), int(rng.integers(8, h - bh - 8))
    fx, fy = int(rng.integers(8, w - bw - 8)), int(rng.integers(8, h - bh - 8))
    part = page[y : y + bh, x : x + bw]
    if edit == "smooth patch":
        part[:] = cv2.GaussianBlur(part, (0, 0), 9)
    elif edit == "splice":
        other = decoded(jpeg(others[int(rng.integers(len(others)))], int(rng.integers(50, 95))))
        oy, ox = int(rng.integers(0, other.shape[0] - bh)), int(rng.integers(0, other.shape[1] - bw))
        part[:] = other[oy : oy + bh, ox : ox + bw]
    elif edit == "enlarged":
        part[:] = cv2.resize(page[fy : fy + bh, fx : fx + bw], None, fx=1.3, fy=1.3, interpolation=cv2.INTER_CUBIC)[
            :bh, :bw
        ]
    elif edit == "moved":
        part[:] = page[fy : fy + bh, fx : fx + bw].copy()
    else:
        mask = np.zeros((h, w), np.uint8)
        mask[y : y + bh, x : x + bw] = 255
        page = cv2.inpaint(page, mask, 3, cv2.INPAINT_TELEA)
        amount = f"{rng.uniform(1, 999):.2f}"
        cv2.putText(page, amount, (x, y + bh - 8), cv2.FONT_HERSHEY_SIMPLEX, bh / 40, (40, 40, 40), 2, cv2.LINE_AA)
    return page


__all__ = ["EDITS", "decoded", "edited", "handled", "jpeg"]
