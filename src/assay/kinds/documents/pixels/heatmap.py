"""The page with the traces of editing laid over it: where any cue comes near what would be remarkable, the paper turns red."""

from __future__ import annotations

import numpy as np

from assay.kinds.documents.opened import Opened
from assay.kinds.documents.pixels.scans import scans
from assay.vision.traces.quantised import CELL
from assay.vision.traces.scores import heat, scores

# Scores that hardly any genuine picture at hand reached; what an operator fits is for verdicts, this is for the eye.
PALE = 0.6  # share of such a score up to which nothing is shown: print alone reaches half
SCALES = {"double": 12.0, "ghost": 5.0, "noise": 25.0, "grid": 4.0}


def heatmap(opened: Opened, number: int) -> np.ndarray | None:
    """uint8[height, width, 3] of page `number` (from 1); None where it is no photograph or scan, or too small."""
    import cv2

    scan = next((one for one in scans(opened) if one.page == number), None)
    found = scores(scan.pixels, scan.content if scan.exact else b"") if scan is not None else None
    if scan is None or found is None:
        return None
    cells = np.clip((heat(found, SCALES) - PALE) / (1 - PALE), 0, 1)
    height, width = scan.pixels.shape[0], scan.pixels.shape[1]
    whole = np.zeros((height, width), np.float32)
    x, y = found.offset
    h, w = min(cells.shape[0] * CELL, height - y), min(cells.shape[1] * CELL, width - x)
    whole[y : y + h, x : x + w] = cv2.resize(cells, (cells.shape[1] * CELL, cells.shape[0] * CELL))[:h, :w]
    page = opened.pages[number - 1].pixels
    upright = np.ascontiguousarray(np.rot90(whole, scan.turns))
    share = cv2.resize(upright, (page.shape[1], page.shape[0]))[:, :, None] * 0.75
    grey = page.mean(2, keepdims=True)
    return np.asarray(np.clip(grey * (1 - share) + np.array([200.0, 24.0, 16.0]) * share, 0, 255), np.uint8)


__all__ = ["heatmap"]
