"""The sheet of paper in a photograph: its outline where it shows clearly, and places on it as if seen from above."""

from __future__ import annotations

import numpy as np

_LOOK = 640  # pixels of the long side that the outline is looked for on
_SMALLEST = 0.2  # share of the picture a sheet covers at least
_LEAN = 40.0  # degrees a corner may differ from a right angle


def outline_of(pixels: np.ndarray) -> np.ndarray | None:
    """float64[4, 2]: corners from the top left clockwise, in pixels; None where no clear sheet stands out from what lies
    around it, as in a scan."""
    import cv2

    height, width = pixels.shape[:2]
    scale = min(1.0, _LOOK / max(height, width))
    small = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    grey = cv2.GaussianBlur(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), (5, 5), 0)
    _, bright = cv2.threshold(grey, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    edges = cv2.dilate(cv2.Canny(grey, 40, 120), np.ones((3, 3), np.uint8))
    side = max(5, round(0.02 * max(grey.shape)) | 1)
    closed = cv2.morphologyEx(bright, cv2.MORPH_CLOSE, np.ones((side, side), np.uint8))
    best: tuple[float, np.ndarray] | None = None
    for mask in (closed, edges):
        contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
        for contour in sorted(contours, key=cv2.contourArea, reverse=True)[:3]:
            quad = _quadrilateral(cv2.convexHull(contour), grey.shape)
            if quad is not None and (best is None or quad[0] > best[0]):
                best = quad
    return None if best is None else best[1] / scale


def _quadrilateral(hull: np.ndarray, shape: tuple[int, ...]) -> tuple[float, np.ndarray] | None:
    """Area and corners of a hull that is one; None for any other shape, a small one or the whole picture."""
    import cv2

    height, width = shape[:2]
    area = cv2.contourArea(hull)
    if area < _SMALLEST * height * width:
        return None
    length = cv2.arcLength(hull, True)
    for tolerance in (0.015, 0.025, 0.04):
        corners = cv2.approxPolyDP(hull, tolerance * length, True)
        if len(corners) <= 4:
            break
    if len(corners) != 4 or not cv2.isContourConvex(corners):
        return None
    corners = _clockwise(corners[:, 0, :].astype(np.float64))
    near = 0.015 * max(height, width)
    on_edge = (corners[:, 0] < near) | (corners[:, 0] > width - near) | (corners[:, 1] < near)
    on_edge |= corners[:, 1] > height - near
    if on_edge.sum() >= 3 or area < 0.93 * cv2.contourArea(corners.astype(np.float32)):
        return None
    sides = np.roll(corners, -1, axis=0) - corners
    sides /= np.maximum(1e-6, np.linalg.norm(sides, axis=1, keepdims=True))
    leans = np.degrees(np.arcsin(np.clip(np.abs((sides * np.roll(sides, 1, axis=0)).sum(1)), 0, 1)))
    return None if leans.max() > _LEAN else (float(area), corners)


def _clockwise(corners: np.ndarray) -> np.ndarray:
    centre = corners.mean(0)
    around = np.argsort(np.arctan2(corners[:, 1] - centre[1], corners[:, 0] - centre[0]))
    ordered = corners[around]
    return np.roll(ordered, -int(np.argmin(ordered.sum(1))), axis=0)


def to_sheet(outline: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Places float64[n, 2] on the picture as places on the sheet seen from above, about as large."""
    import cv2

    across = max(np.linalg.norm(outline[1] - outline[0]), np.linalg.norm(outline[2] - outline[3]))
    down = max(np.linalg.norm(outline[3] - outline[0]), np.linalg.norm(outline[2] - outline[1]))
    flat = np.array([[0, 0], [across, 0], [across, down], [0, down]], np.float32)
    warp = cv2.getPerspectiveTransform(outline.astype(np.float32), flat)
    out: np.ndarray = cv2.perspectiveTransform(places[None].astype(np.float64), warp)[0]
    return out
