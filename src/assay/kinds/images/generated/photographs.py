"""Photographs of high quality as further real pictures, in the sizes that the web shows them in.

    python -m assay.kinds.images.generated.photographs FOLDER OUT

Real pictures at hand are mostly snapshots; without polished photographs beside them a detector takes polish for generation. Each
picture of FOLDER (one folder per source) is written to OUT/real/<source>/ as its own middle and scaled down to three sizes.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from assay.kinds.images.generated.aligned import resized

MIDDLE = 768  # pixels of the native part
SHORTER = (900, 512, 384)  # pixels of the shorter side of the copies
QUALITY = (92, 88, 85)


def copies(folder: Path, out: Path) -> int:
    """How many pictures were written."""
    import cv2

    written = 0
    for path in sorted(p for p in folder.rglob("*") if p.suffix.lower() in (".jpg", ".jpeg", ".png", ".webp")):
        pixels = cv2.imread(str(path), cv2.IMREAD_COLOR)
        if pixels is None or min(pixels.shape[:2]) < 256:
            continue
        place = out / "real" / path.parent.name
        place.mkdir(parents=True, exist_ok=True)
        y, x = ((max(0, side - MIDDLE) // 2) // 16 * 16 for side in pixels.shape[:2])
        cv2.imwrite(str(place / f"{path.stem}-native.png"), pixels[y : y + MIDDLE, x : x + MIDDLE])
        written += 1
        for side, quality in zip(SHORTER, QUALITY, strict=True):
            factor = side / min(pixels.shape[:2])
            if factor < 0.95:
                small = resized(np.asarray(pixels), factor, cv2.INTER_AREA)
                cv2.imwrite(str(place / f"{path.stem}-{side}.jpg"), small, [cv2.IMWRITE_JPEG_QUALITY, quality])
                written += 1
    return written


def main(arguments: Sequence[str]) -> int:
    if len(arguments) != 2:
        print("usage: python -m assay.kinds.images.generated.photographs FOLDER OUT", file=sys.stderr)
        return 2
    print(f"{copies(Path(arguments[0]), Path(arguments[1]))} pictures")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
