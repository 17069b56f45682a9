"""How forged pictures come about: the forged paper printed and photographed, a place pasted over in the picture itself,
painted smooth as an image model paints, or copied from elsewhere in the same picture."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from random import Random

import numpy as np

from assay.kinds.documents.simulate import camera
from assay.kinds.documents.simulate.printing import print_pdf, rasterise
from assay.kinds.documents.simulate.sheet import Sheet, changes

Region = tuple[slice, slice]


def raster(sheet: Sheet, dpi: float) -> np.ndarray:
    """The first page of a sheet as pixels, uint8[height, width, 3]."""
    return rasterise(print_pdf(sheet, datetime(2025, 1, 1)), 0, dpi)


def forged_picture(rng: Random, craft: str, genuine: Sheet, forged: Sheet, shot: camera.Shot, dpi: float) -> bytes:
    """A forged JPEG by one craft: printed, pasted, smooth or copied."""
    if craft == "printed":
        return camera.jpeg(shot.take(raster(forged, dpi)), shot.quality)
    old = raster(genuine, dpi)
    high, wide = old.shape[:2]
    # The forger opens the photograph as it was sent: already compressed once.
    picture = camera.decoded(camera.jpeg(shot.take(old), shot.quality)).astype(np.float32)
    if craft == "copied":
        source = next(item.box for _, item in genuine.fields() if item.field == "stamp")
    else:
        other = _other_shot(rng, craft, shot).take(raster(forged, dpi)).astype(np.float32)
    for change in changes(genuine, forged):
        if change.page == 0:
            here = _region(shot, change.box, dpi, high, wide, picture.shape)
            if craft == "copied":
                there = _region(shot, source, dpi, high, wide, picture.shape)
                _copy(picture, there, here)
            else:
                _paste(picture, other, here, smooth=craft == "smooth")
    return camera.jpeg(np.clip(picture, 0, 255).astype(np.uint8), rng.choice((80, 88, 92, 95)))


def _other_shot(rng: Random, craft: str, shot: camera.Shot) -> camera.Shot:
    """What the pasted text is taken from: sharper and less noisy than the photograph, sometimes just as it is."""
    if craft == "pasted" and rng.random() < 0.4:
        return shot
    return replace(shot, strength=shot.strength * rng.uniform(0.0, 0.5))


def _region(shot: camera.Shot, box: camera.Box, dpi: float, high: int, wide: int, shape: tuple[int, ...]) -> Region:
    k = dpi / 72
    x0, y0, x1, y1 = shot.box((box[0] * k, box[1] * k, box[2] * k, box[3] * k), high, wide)
    pad = 3 + 0.25 * min(y1 - y0, 40)
    rows = slice(max(0, int(y0 - pad)), min(shape[0], int(y1 + pad) + 1))
    return rows, slice(max(0, int(x0 - pad)), min(shape[1], int(x1 + pad) + 1))


def _paste(onto: np.ndarray, other: np.ndarray, region: Region, smooth: bool) -> None:
    """The same place of another picture, matched in brightness; `smooth`: without its noise."""
    import cv2

    under, patch = onto[region], other[region]
    if min(under.shape[:2]) < 6:
        return
    patch = patch * (np.percentile(under, 85, axis=(0, 1)) / np.maximum(np.percentile(patch, 85, axis=(0, 1)), 1))
    if smooth:
        patch = cv2.bilateralFilter(np.clip(patch, 0, 255).astype(np.float32), 7, 28, 5)
    feather = np.zeros(patch.shape[:2], np.float32)
    feather[2:-2, 2:-2] = 1
    weight = cv2.GaussianBlur(feather, (0, 0), 1.2)[:, :, None]
    onto[region] = under * (1 - weight) + patch * weight


def _copy(picture: np.ndarray, source: Region, target: Region) -> None:
    """What is darker than its paper in one place of the picture, laid over another place of it."""
    rows = min(picture[source].shape[0], picture[target].shape[0])
    columns = min(picture[source].shape[1], picture[target].shape[1])
    patch = picture[source][:rows, :columns]
    onto = picture[target][:rows, :columns]
    paper = np.percentile(patch, 90, axis=(0, 1))
    onto *= np.clip(patch / np.maximum(paper, 1), 0, 1)
