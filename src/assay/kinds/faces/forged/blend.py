"""Self-blended images, after Shiohara and Yamasaki, "Detecting Deepfakes with Self-Blended Images" (CVPR 2022): a real face,
changed a little, is blended into itself, so that nothing but the blending tells it from the real one.

Source and target are copies of one face. One of them gets other colours and other frequencies, the source is resized and
moved, and a soft mask says where it replaces the target. Ranges are ours unless the paper gives them.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from assay.kinds.faces.forged.masks import mask

_TONED = 0.5  # of blends whose colours are fitted to the target, as any swap worth the name has them


class Blended(NamedTuple):
    """`pixels` uint8 (side, side, 3); `mask` float32 (side, side), how much of each pixel was put in."""

    pixels: np.ndarray
    mask: np.ndarray


def self_blended(
    rng: np.random.Generator,
    pixels: np.ndarray,
    points: np.ndarray,
    *,
    other: np.ndarray | None = None,
    parts: float = 0.35,
    plain: bool = False,
) -> Blended:
    """pixels: uint8 (side, side, 3); points: float32 (468, 2). `other` is a second face in the same place (aligned to this
    one), whose parts are put in instead of the face's own. `plain` makes one that is easy to see, for the start of learning."""
    import cv2

    side = pixels.shape[0]
    source, target = (pixels if other is None else other), pixels
    if rng.random() < 0.5:
        source = changed(rng, source)
    else:
        target = changed(rng, target)
    source = _displaced(rng, changed(rng, source) if plain else source)
    where = mask(rng, points, side, 0.0 if plain else parts)
    if plain:
        where = where / max(float(where.max()), 1e-6)
    if not plain and (other is not None or rng.random() < _TONED):
        source = toned(source, target, where)
    if where.max() >= 0.99 and rng.random() < 0.12:
        cloned = _cloned(source, target, where)
        if cloned is not None:
            return Blended(cloned, where)
    share = cv2.merge([where, where, where])
    mixed = source.astype(np.float32) * share + target.astype(np.float32) * (1 - share)
    return Blended(np.asarray(np.clip(mixed + 0.5, 0, 255), np.uint8), where)


def changed(rng: np.random.Generator, pixels: np.ndarray) -> np.ndarray:
    """Other colours (channel shifts, hue, saturation, value, brightness, contrast) and other frequencies (coarser or
    sharper): the mismatch that a swap leaves."""
    out = pixels
    grey = int(np.ptp(pixels[::8, ::8].astype(np.int16), axis=2).max()) < 6
    if rng.random() < 0.6:
        out = _shifted(rng, out, 0.0 if grey else 14.0)
    if not grey and rng.random() < 0.6:
        out = _tinted(rng, out)
    return _refocused(rng, out)


def _shifted(rng: np.random.Generator, pixels: np.ndarray, apart: float) -> np.ndarray:
    """Brightness, contrast and a shift of each channel by up to `apart`, as one table a channel."""
    import cv2

    gain, level, apart = rng.uniform(0.9, 1.1), rng.uniform(-12, 12), apart * rng.random()
    ramp = np.arange(256, dtype=np.float32)
    table = np.stack([(ramp - 128) * gain + 128 + level + rng.uniform(-apart, apart) for _ in range(3)], -1)
    return np.asarray(cv2.LUT(pixels, np.clip(table + 0.5, 0, 255).astype(np.uint8)[None]))


def _tinted(rng: np.random.Generator, pixels: np.ndarray) -> np.ndarray:
    import cv2

    hsv = cv2.cvtColor(pixels, cv2.COLOR_RGB2HSV)
    ramp = np.arange(256, dtype=np.float32)
    hue = (ramp + rng.uniform(-6, 6)) % 180
    tables = [hue, ramp * rng.uniform(0.8, 1.2), ramp * rng.uniform(0.85, 1.15)]
    table = np.clip(np.stack(tables, -1) + 0.5, 0, 255)
    table[:, 0] = np.minimum(table[:, 0], 179)
    return np.asarray(cv2.cvtColor(cv2.LUT(hsv, table.astype(np.uint8)[None]), cv2.COLOR_HSV2RGB))


def _refocused(rng: np.random.Generator, pixels: np.ndarray) -> np.ndarray:
    """Coarser by shrinking and growing, blurred, sharper, or recompressed."""
    import cv2

    height, width = pixels.shape[:2]
    chance = rng.random()
    if chance < 0.4:
        by = rng.uniform(1.25, 4.0)
        small = cv2.resize(pixels, (max(8, int(width / by)), max(8, int(height / by))), interpolation=cv2.INTER_AREA)
        how = (cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_LANCZOS4)[rng.integers(3)]
        return np.asarray(cv2.resize(small, (width, height), interpolation=how))
    if chance < 0.7:
        soft = cv2.GaussianBlur(pixels, (0, 0), rng.uniform(0.6, 2.0))
        amount = rng.uniform(0.2, 0.9)
        return np.asarray(cv2.addWeighted(pixels, 1 + amount, soft, -amount, 0))
    if chance < 0.85:
        return np.asarray(cv2.GaussianBlur(pixels, (0, 0), rng.uniform(0.4, 1.5)))
    return recompressed(pixels, int(rng.integers(30, 85)))


def recompressed(pixels: np.ndarray, quality: int) -> np.ndarray:
    """As JPEG of this quality would give it back."""
    import cv2

    done, coded = cv2.imencode(".jpg", pixels[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    back = cv2.imdecode(coded, cv2.IMREAD_COLOR) if done else None
    return pixels if back is None else np.ascontiguousarray(back[:, :, ::-1])


def _displaced(rng: np.random.Generator, pixels: np.ndarray) -> np.ndarray:
    """Resized by .95 to 1.05 each way and moved by up to 3 % of the side."""
    import cv2

    side = pixels.shape[0]
    sx, sy = rng.uniform(0.95, 1.05, 2)
    dx, dy = rng.uniform(-0.03, 0.03, 2) * side
    half = side / 2
    affine = np.array([[sx, 0, half * (1 - sx) + dx], [0, sy, half * (1 - sy) + dy]])
    return np.asarray(
        cv2.warpAffine(pixels, affine, (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
    )


def toned(source: np.ndarray, target: np.ndarray, where: np.ndarray) -> np.ndarray:
    """The source with the target's mean and spread of each channel where the mask is (Reinhard et al. 2001, in RGB)."""
    core = where > 0.5 * float(where.max() or 1.0)
    if core.sum() < 25:
        return source
    a, b = source[core].astype(np.float32), target[core].astype(np.float32)
    gain = np.clip(b.std(0) / np.maximum(a.std(0), 1.0), 0.6, 1.6)
    out = (source.astype(np.float32) - a.mean(0)) * gain + b.mean(0)
    return np.asarray(np.clip(out + 0.5, 0, 255), np.uint8)


def _cloned(source: np.ndarray, target: np.ndarray, where: np.ndarray) -> np.ndarray | None:
    """Blended by gradients (Pérez et al. 2003), as picture editors heal; None where the mask touches the border."""
    import cv2

    core = (where > 0.5).astype(np.uint8) * 255
    x, y, w, h = cv2.boundingRect(core)
    if w < 12 or h < 12 or x < 2 or y < 2 or x + w > core.shape[1] - 2 or y + h > core.shape[0] - 2:
        return None
    try:
        return np.asarray(cv2.seamlessClone(source, target, core, (x + w // 2, y + h // 2), cv2.NORMAL_CLONE))
    except cv2.error:
        return None
