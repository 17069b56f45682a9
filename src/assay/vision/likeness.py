"""A picture's perceptual hash: what it may be known again by after it was saved again, shrunk or brightened, though not after
cropping."""

from __future__ import annotations

import numpy as np

NEAR = 12  # bits of 256; saving again and shrinking cost up to 10, two cards of one kind differ by 28 and more


def picture_hash(rgb: np.ndarray) -> bytes:
    """32 bytes: signs of the low frequencies of uint8[height, width, 3] about their median."""
    import cv2

    gray = cv2.cvtColor(np.ascontiguousarray(rgb), cv2.COLOR_RGB2GRAY)
    small = cv2.resize(gray, (64, 64), interpolation=cv2.INTER_AREA).astype(np.float32)
    low = cv2.dct(small)[:16, :16].ravel()
    low[0] = 0.0  # brightness
    return np.packbits(low > np.median(low)).tobytes()


__all__ = ["NEAR", "picture_hash"]
