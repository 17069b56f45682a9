"""Alignment of a picture's twin with the picture, and the handling both then get alike, so that only generation differs.

A round trip differs from its picture in more than the decoder's trace: it lost the JPEG's grid, it is softer, it may be duller.
A detector learns those first and fails elsewhere. So the twin is saved at the picture's own JPEG quality, given the picture's
spectrum, or mixed with it (dual data alignment, arXiv 2505.14359), and every crop, blur, resize and save falls on both alike
(synchronised batches, arXiv 2410.11835).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import cv2
import numpy as np

Op = Callable[[np.ndarray], np.ndarray]


def saved(pixels: np.ndarray, quality: int, *, webp: bool = False, colour: bool = False) -> np.ndarray:
    """What a save as JPEG (4:2:0, or 4:4:4 with `colour`) or WebP leaves. uint8 (h, w, 3) RGB in and out."""
    if webp:
        ok, content = cv2.imencode(".webp", pixels[..., ::-1], [cv2.IMWRITE_WEBP_QUALITY, quality])
    else:
        factor = cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444 if colour else cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420
        how = [cv2.IMWRITE_JPEG_QUALITY, quality, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, factor]
        ok, content = cv2.imencode(".jpg", pixels[..., ::-1], how)
    if not ok:
        return pixels
    decoded = np.asarray(cv2.imdecode(content, cv2.IMREAD_COLOR))
    return np.ascontiguousarray(decoded[..., ::-1])


def aligned(rng: np.random.Generator, real: np.ndarray, twin: np.ndarray) -> np.ndarray:
    """The twin brought nearer to its picture by chance: frequencies mixed, spectrum matched, pixels mixed. Crops of one
    size, uint8."""
    out = twin.astype(np.float32)
    if rng.random() < 0.3:
        out = _frequencies_mixed(rng, real.astype(np.float32), out)
    if rng.random() < 0.35:
        out = _spectrum_matched(real.astype(np.float32), out)
    if rng.random() < 0.2:
        share = rng.uniform(0, 0.7)
        out = share * real + (1 - share) * out
    return np.clip(np.rint(out), 0, 255).astype(np.uint8)


def _frequencies_mixed(rng: np.random.Generator, real: np.ndarray, twin: np.ndarray) -> np.ndarray:
    """Below or above a random radius (cycles a pixel) the picture's own frequencies, by a random share."""
    share = _radii(real.shape[:2]) < rng.uniform(0.03, 0.35)
    if rng.random() < 0.35:
        share = ~share
    weight = (share * rng.uniform(0.5, 1.0))[..., None]
    mixed = np.fft.rfft2(real, axes=(0, 1)) * weight + np.fft.rfft2(twin, axes=(0, 1)) * (1 - weight)
    return np.fft.irfft2(mixed, s=real.shape[:2], axes=(0, 1)).astype(np.float32)


def _spectrum_matched(real: np.ndarray, twin: np.ndarray, bands: int = 24) -> np.ndarray:
    """The twin with the picture's energy in each ring of frequencies: neither sharper nor softer than it."""
    a, b = (np.fft.rfft2(x, axes=(0, 1)) for x in (real, twin))
    ring = np.minimum((_radii(real.shape[:2]) * 2 * bands / 1.42).astype(int), bands - 1)
    size = np.bincount(ring.ravel(), minlength=bands) + 1e-9
    power = [np.bincount(ring.ravel(), (np.abs(x) ** 2).sum(-1).ravel(), bands) / size for x in (a, b)]
    gain = np.sqrt((power[0] + 1.0) / (power[1] + 1.0)).clip(0.2, 5.0)
    return np.fft.irfft2(b * gain[ring][..., None], s=real.shape[:2], axes=(0, 1)).astype(np.float32)


def _radii(shape: tuple[int, ...]) -> np.ndarray:
    return np.asarray(np.hypot(np.fft.fftfreq(shape[0])[:, None], np.fft.rfftfreq(shape[1])[None, :]))


def resized(pixels: np.ndarray, factor: float, how: int) -> np.ndarray:
    """Both sides times the factor."""
    h, w = (max(8, round(side * factor)) for side in pixels.shape[:2])
    return np.asarray(cv2.resize(pixels, (w, h), interpolation=how))


INTERPOLATIONS = (cv2.INTER_AREA, cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_LANCZOS4)


def handled(rng: np.random.Generator, regions: Sequence[np.ndarray], side: int) -> list[np.ndarray]:
    """Regions of one shape -> crops (side, side, 3) cut at one place and handled alike: resized, blurred or sharpened,
    noised, coloured, saved."""
    out = list(regions)
    least = min(out[0].shape[:2])
    if rng.random() < 0.35:
        factor = float(np.exp(rng.uniform(np.log(max(0.5, (side + 1) / least)), np.log(1.6))))
        how = INTERPOLATIONS[int(rng.integers(len(INTERPOLATIONS)))]
        out = [resized(x, factor, how) for x in out]
    y, x0 = (int(rng.integers(0, s - side + 1)) for s in out[0].shape[:2])
    out = [np.ascontiguousarray(x[y : y + side, x0 : x0 + side]) for x in out]
    for op in _drawn(rng, side):
        out = [op(x) for x in out]
    return out


def _drawn(rng: np.random.Generator, side: int) -> list[Op]:
    """What befalls this pair, drawn once."""
    ops: list[Op] = []
    if rng.random() < 0.2:
        sigma = float(rng.uniform(0.3, 1.6))
        ops.append(lambda x: np.asarray(cv2.GaussianBlur(x, (0, 0), sigma)))
    elif rng.random() < 0.15:
        amount = float(rng.uniform(0.2, 1.0))
        ops.append(lambda x: np.asarray(cv2.addWeighted(x, 1 + amount, cv2.GaussianBlur(x, (0, 0), 1.0), -amount, 0)))
    if rng.random() < 0.3:
        gain, lift = rng.uniform(0.7, 1.25, 3) ** [1.0] * rng.uniform(0.8, 1.2), rng.uniform(-15, 15)
        gain = gain.mean() + 0.3 * (gain - gain.mean())
        ops.append(lambda x: np.clip(x * gain + lift, 0, 255).astype(np.uint8))
    if rng.random() < 0.2:
        noise = rng.normal(0, rng.uniform(0.5, 6), (side, side, 3)).astype(np.float32)
        ops.append(lambda x: np.clip(x + noise, 0, 255).astype(np.uint8))
    if rng.random() < 0.06:
        ops.append(lambda x: np.repeat(cv2.cvtColor(x, cv2.COLOR_RGB2GRAY)[..., None], 3, 2))
    for chance in (0.65, 0.15):
        if rng.random() < chance:
            quality, webp, colour = int(rng.integers(30, 101)), rng.random() < 0.12, rng.random() < 0.4
            ops.append(lambda x, q=quality, w=webp, c=colour: saved(x, q, webp=w, colour=c))  # type: ignore[misc]
    turns, mirrored = int(rng.integers(4)), rng.random() < 0.5
    ops.append(lambda x: np.ascontiguousarray(np.rot90(x[:, ::-1] if mirrored else x, turns)))
    return ops


__all__ = ["aligned", "handled", "resized", "saved"]
