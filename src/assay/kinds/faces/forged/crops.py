"""Faces of a folder of pictures, cut out once for training and evaluation: aligned crops with their meshes and labels.

A folder may say what its pictures are in `manifest.csv` (columns path, label, source, split, licence) or `labels.csv` (file,
label); without either every picture is taken for a real face, and its source is the folder it lies in.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from assay.core.errors import AssayError, InvalidSetting, NotFound
from assay.vision import forged, regions
from assay.vision.align import affine_of, aligned, moved
from assay.vision.face import faces
from assay.vision.mesh import mesh
from assay.vision.quality import quality

SIDE, MARGIN = 288, 0.3  # of a crop kept for training: room to turn, move and scale what the network sees
PICTURES = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff")
MOST = 200_000  # pictures of one folder
LEAST_FACE = 60.0  # pixels of a face's outline below which it teaches nothing


class Listed(NamedTuple):
    """A picture as the folder's list tells of it; `split` and `licence` may be ""."""

    path: Path
    label: str
    source: str
    split: str = ""
    licence: str = ""


class Crop(NamedTuple):
    """`pixels` uint8 (SIDE, SIDE, 3), `points` float32 (468, 2) of the mesh in them, `size` the outline's longer side in
    pixels of the picture it came from; `view` uint8 (forged.SIDE, forged.SIDE, 3), the crop that a judgement looks at;
    `poor` why the view is too poor for one, or ""."""

    pixels: np.ndarray
    points: np.ndarray
    size: float
    listed: Listed
    view: np.ndarray
    poor: str = ""


def listed(data: Path) -> list[Listed]:
    """The pictures of a folder, in the order of its list or of their names. Raises `NotFound`, `InvalidSetting`."""
    if not data.is_dir():
        raise NotFound("no such folder", where=str(data))
    for name, column in (("manifest.csv", "path"), ("labels.csv", "file")):
        if (data / name).is_file():
            return _from_list(data, name, column)
    found = sorted(p for p in data.rglob("*") if p.suffix.lower() in PICTURES and p.is_file() and not p.is_symlink())
    return [Listed(p, "real", p.parent.name) for p in found[:MOST]]


def _from_list(data: Path, name: str, column: str) -> list[Listed]:
    with (data / name).open(newline="", encoding="utf-8") as file:
        rows = csv.DictReader(file)
        if not rows.fieldnames or not {column, "label"} <= set(rows.fieldnames):
            raise InvalidSetting(f"needs the columns {column} and label", where=str(data / name))
        found = []
        for row in rows:
            path = data / row[column]
            if path.suffix.lower() not in PICTURES or not path.resolve().is_relative_to(data.resolve()):
                continue
            source = row.get("source") or Path(row[column]).parts[0]
            found.append(Listed(path, row["label"], source, row.get("split") or "", row.get("licence") or ""))
            if len(found) >= MOST:
                break
    return found


def crops(pictures: Iterable[Listed], step: Callable[[int], None] | None = None) -> Iterator[Crop]:
    """The largest face of each picture that has one of at least `LEAST_FACE` pixels; others are passed over."""
    from assay.formats import picture

    for number, one in enumerate(pictures, 1):
        if step is not None:
            step(number)
        try:
            pixels = picture.decode(one.path.read_bytes(), max_side=2048).pixels
        except (AssayError, OSError):
            continue
        found = crop(pixels, one)
        if found is not None:
            yield found


def crop(pixels: np.ndarray, one: Listed) -> Crop | None:
    """The largest face of these pixels as a crop for training; None where there is none worth the name."""
    seen = faces(pixels, most=1)
    shape = mesh(pixels, seen[0]) if seen else None
    if shape is None:
        return None
    size = SIDE / (1 + 2 * MARGIN) / float(np.sqrt(np.linalg.det(affine_of(shape.points, SIDE, MARGIN)[:, :2])))
    if size < LEAST_FACE:
        return None
    cut, view = aligned(pixels, shape.points, SIDE, MARGIN), aligned(pixels, shape.points, forged.SIDE)
    why = forged.poor(quality(pixels, shape)) or ("cut" if view.inside < forged.LEAST_INSIDE else "")
    return Crop(cut.pixels, moved(shape.points, cut.affine), size, one, view.pixels, why)


def cut(pixels: np.ndarray, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A training crop as `regions.of_crop` takes it: pixels and points."""
    import cv2

    side = regions.SIDE
    scale = side / (SIDE / (1 + 2 * MARGIN) * (1 + 2 * regions.MARGIN))
    shift = side / 2 - scale * SIDE / 2
    affine = np.array([[scale, 0, shift], [0, scale, shift]])
    flags = cv2.INTER_LINEAR if scale > 0.75 else cv2.INTER_AREA
    return cv2.warpAffine(pixels, affine, (side, side), flags=flags), points * scale + shift
