"""Labelled pictures to learn from and to measure on: a folder with `manifest.csv`, or one with `real/` and `generated/`.

A *source* is one origin of pictures (a camera roll, a data set, one generator's gallery). Sources, never pictures, are split:
pictures of one source share size, codec and subject, and a split across them measures only that.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from assay.core.errors import InvalidSetting, NotFound
from assay.formats.jpeg import quality_of

LABELS = {"real": 0, "ai_image": 1, "generated": 1}
CLEAN = ("cc0", "mit", "cc by 4", "cc-by-4", "apache", "public domain", "own")
LEAST_SIDE = 96  # pixels: one patch
MOST_PIXELS = 40_000_000
MOST_BYTES = 64 * 1024 * 1024
_ENDINGS = {".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff"}
_FACES = ("face", "lfw", "nomask", "ciplab", "dreamtalk")  # in the name of a source: its pictures are crops of faces
_CLIPS = {".mp4", ".gif", ".avi", ".mov", ".mkv", ".webm"}  # of these the middle frame


class Picture(NamedTuple):
    """One decoded picture. `quality`: of its JPEG tables, None where it is no JPEG; `faces`: a crop of a face."""

    name: str
    truth: int  # 1: generated
    source: str
    generator: str
    licence: str
    split: str
    pixels: np.ndarray  # uint8 (h, w, 3), RGB
    quality: int | None
    format: str
    bytes: int
    faces: bool


class Listed(NamedTuple):
    """A line of the table before its file is opened."""

    path: Path
    truth: int
    source: str
    generator: str
    licence: str
    split: str


def listed(folder: Path, *, clean: bool = False) -> list[Listed]:
    """Every labelled picture file. `clean`: only those whose licence lets anybody use them for anything.

    Raises `NotFound` without a folder and `InvalidSetting` where it has neither a table nor the two sub-folders.
    """
    if not folder.is_dir():
        raise NotFound("no such folder", where=str(folder))
    if (folder / "manifest.csv").is_file():
        found = _from_table(folder)
    elif (folder / "real").is_dir() or (folder / "generated").is_dir():
        found = _from_folders(folder)
    else:
        raise InvalidSetting(
            "no manifest.csv and no folders real and generated", where=str(folder),
            hint="a table with path, label and source, or one sub-folder per source under real/ and generated/",
        )  # fmt: skip
    return [line for line in found if not clean or is_clean(line.licence)]


def is_clean(licence: str) -> bool:
    """Whether a stated licence lets the pictures be used without reservation."""
    told = licence.lower()
    return told.startswith(CLEAN) and "non-commercial" not in told and "third" not in told


def opened(lines: Sequence[Listed], *, most_side: int = 2048) -> list[Picture]:
    """The pictures that can be decoded, in order; larger ones are cropped to their middle, never resized."""
    return [picture for line in lines if (picture := _open(line, most_side)) is not None]


def _from_table(folder: Path) -> list[Listed]:
    found = []
    with (folder / "manifest.csv").open(encoding="utf-8-sig", newline="") as text:
        reader = csv.DictReader(text)
        if not {"path", "label", "source"} <= set(reader.fieldnames or ()):
            raise InvalidSetting("manifest.csv lacks the columns path, label and source", where=str(folder))
        for row in reader:
            truth, path = LABELS.get((row["label"] or "").strip().lower()), folder / (row["path"] or "")
            if (
                truth is None
                or path.suffix.lower() not in _ENDINGS | _CLIPS
                or not path.resolve().is_relative_to(folder.resolve())
            ):
                continue
            if path.is_file():
                told = [row.get(name) or "" for name in ("generator", "licence", "split")]
                found.append(
                    Listed(path, truth, row["source"] or "", told[0] or row["source"], told[1], told[2] or "train")
                )
    return found


def _from_folders(folder: Path) -> list[Listed]:
    found = []
    for label in ("real", "generated"):
        top = folder / label
        for path in sorted(top.rglob("*")) if top.is_dir() else ():
            if path.is_file() and not path.is_symlink() and path.suffix.lower() in _ENDINGS | _CLIPS:
                below = path.relative_to(top).parts
                source = f"{label}/{below[0]}" if len(below) > 1 else label
                found.append(Listed(path, LABELS[label], source, source, "own", "train"))
    return found


def _open(line: Listed, most_side: int) -> Picture | None:
    size = line.path.stat().st_size
    if size > MOST_BYTES:
        return None
    decoded = _frame(line.path) if line.path.suffix.lower() in _CLIPS else _decoded(line.path)
    if decoded is None or min(decoded[0].shape[:2]) < LEAST_SIDE:
        return None
    pixels, quality, kind = decoded
    h, w = pixels.shape[:2]
    # cut on multiples of 16, so that the grid of the JPEG stays where it was
    y, x = (max(0, (side - most_side) // 32 * 16) for side in (h, w))
    pixels = np.ascontiguousarray(pixels[y : y + most_side, x : x + most_side])
    faces = any(word in line.source.lower() for word in _FACES)
    name = f"{line.source}/{line.path.name}"
    told = (line.truth, line.source, line.generator, line.licence, line.split)
    return Picture(name, *told, pixels, quality, kind, size, faces)


def _decoded(path: Path) -> tuple[np.ndarray, int | None, str] | None:
    """Pixels, quality of the JPEG tables, format; None for what is no picture or too large."""
    from PIL import Image

    try:
        with Image.open(path) as image:
            if image.width * image.height > MOST_PIXELS:
                return None
            tables, kind = getattr(image, "quantization", None), image.format or ""
            pixels = np.array(image.convert("RGB"))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
    table = np.array(tables[0], np.int64).reshape(8, 8) if kind == "JPEG" and tables else None
    return pixels, None if table is None else quality_of(table)[0], kind


def _frame(path: Path) -> tuple[np.ndarray, int | None, str] | None:
    """The middle frame of a clip."""
    import cv2

    clip = cv2.VideoCapture(str(path))
    clip.set(cv2.CAP_PROP_POS_FRAMES, int(clip.get(cv2.CAP_PROP_FRAME_COUNT)) // 2)
    there, frame = clip.read()
    clip.release()
    return (np.ascontiguousarray(frame[..., ::-1]), None, "clip") if there and frame.size <= 3 * MOST_PIXELS else None


__all__ = ["LABELS", "LEAST_SIDE", "Listed", "Picture", "is_clean", "listed", "opened"]
