"""Statistics of what is left of a picture when its smooth part is taken away: where generators and cameras differ.

Spectrum in rings and at the frequencies where up-sampling leaves peaks (Durall et al. 2020, Frank et al. 2020), differences
inside 2x2 blocks (Tan et al., CVPR 2024), co-occurrences of rounded residuals (Fridrich and Kodovsky 2012), first digits of
block DCT coefficients, how noise goes with brightness and between the colours. Plain numbers from uint8 patches; nothing is
learned here.
"""

from __future__ import annotations

import numpy as np

RINGS, PEAKS = 14, 8
_FLOOR = 1e-3


def names() -> tuple[str, ...]:
    """What each number of `statistics` is, in its order."""
    rings = [f"ring.{i}" for i in range(RINGS)]
    peaks = [f"peak.{a}.{b}" for a, b in _peaks()]
    npr = [f"block.{n}" for n in ("across", "down", "diagonal", "phase.across", "phase.down", "kurtosis")]
    pairs = [f"pair.{way}.{i}" for way in ("across", "down") for i in range(9)]
    digits = [f"digit.{i}" for i in range(1, 10)] + ["digit.chi"]
    zones = [f"zone.{i}.{n}" for i in range(3) for n in ("kurtosis", "zeros")]
    noise = ["noise.level", "noise.spread", "noise.slope", "noise.quiet", "noise.rg", "noise.gb", "noise.chroma"]
    colour = ["colour.saturation", "colour.saturation.spread", "colour.dark", "colour.bright", "colour.contrast"]
    return (*rings, "ring.slope", *peaks, *npr, *pairs, *digits, *zones, *noise, *colour)


def statistics(patches: np.ndarray) -> np.ndarray:
    """uint8 (n, side, side, 3) RGB patches of one picture, side a multiple of 8 -> float32[len(names())]."""
    x = patches.astype(np.float32)
    grey = x @ np.array([0.299, 0.587, 0.114], np.float32)
    rest = x - _smooth(x)
    luma = rest @ np.array([0.299, 0.587, 0.114], np.float32)
    found = [_spectrum(grey), _blocks(grey), _pairs(luma), _digits(grey), _noise(rest, luma, grey), _colour(x, grey)]
    return np.nan_to_num(np.concatenate(found).astype(np.float32), nan=0.0, posinf=50.0, neginf=-50.0)


def _smooth(x: np.ndarray) -> np.ndarray:
    """A 3x3 binomial mean over axes 1 and 2, edges repeated."""
    out = x
    for axis in (1, 2):
        before = np.concatenate([out.take([0], axis), out.take(range(out.shape[axis] - 1), axis)], axis)
        after = np.concatenate([out.take(range(1, out.shape[axis]), axis), out.take([-1], axis)], axis)
        out = (before + 2 * out + after) / 4
    return out


def _peaks() -> list[tuple[int, int]]:
    """Frequencies in eighths of a cycle a pixel, where 2-, 4- and 8-fold up-sampling repeats the spectrum."""
    half = PEAKS // 2
    return [(a, b) for a in range(half + 1) for b in range(half + 1) if (a, b) != (0, 0) and (a % 2 == 0 or b % 2 == 0)]


def _spectrum(grey: np.ndarray) -> np.ndarray:
    side = grey.shape[1]
    window = np.hanning(side + 1)[:side].astype(np.float32)
    power = np.abs(np.fft.rfft2((grey - grey.mean((1, 2), keepdims=True)) * np.outer(window, window))) ** 2
    mean = np.log(power.mean(0) + _FLOOR)
    rows, cols = np.fft.fftfreq(side), np.fft.rfftfreq(side)
    radius = np.hypot(rows[:, None], cols[None, :])
    ring = np.minimum((radius * 2 * RINGS / 1.2).astype(int), RINGS - 1)
    size = np.bincount(ring.ravel(), minlength=RINGS)
    rings = np.bincount(ring.ravel(), mean.ravel(), RINGS) / np.maximum(size, 1)
    shape = rings - rings.mean()
    slope = np.polyfit(np.log(np.arange(1, RINGS + 1)), rings, 1)[0]
    peaks = []
    for a, b in _peaks():
        y, x = a * side // PEAKS, b * side // PEAKS
        near = [
            mean[(y + dy) % side, min(abs(x + dx), mean.shape[1] - 1)]
            for dy in (-3, -2, 2, 3) for dx in (-3, -2, 2, 3)
        ]  # fmt: skip
        peaks.append(mean[y % side, x] - float(np.median(near)))
    return np.concatenate([shape, [slope], peaks])


def _blocks(grey: np.ndarray) -> np.ndarray:
    a, b, c, d = grey[:, ::2, ::2], grey[:, ::2, 1::2], grey[:, 1::2, ::2], grey[:, 1::2, 1::2]
    across, down, diagonal = (np.abs(other - a).mean() for other in (b, c, d))
    outside_across = np.abs(grey[:, ::2, 2::2] - grey[:, ::2, 1:-1:2]).mean()
    outside_down = np.abs(grey[:, 2::2, ::2] - grey[:, 1:-1:2, ::2]).mean()
    step = b - a
    told = [
        across + _FLOOR, (down + _FLOOR) / (across + _FLOOR), (diagonal + _FLOOR) / (across + _FLOOR),
        (across + _FLOOR) / (outside_across + _FLOOR), (down + _FLOOR) / (outside_down + _FLOOR), _kurtosis(step),
    ]  # fmt: skip
    return np.asarray(np.log(np.array(told)))


def _pairs(luma: np.ndarray) -> np.ndarray:
    """How often each pair of neighbouring residuals, rounded to -1, 0, 1 of their own spread, occurs."""
    spread = np.abs(luma).mean() + 0.25
    rounded = (np.clip(np.rint(luma / spread), -1, 1) + 1).astype(np.int64)
    found = []
    for one, other in ((rounded[:, :, :-1], rounded[:, :, 1:]), (rounded[:, :-1], rounded[:, 1:])):
        count = np.bincount((one * 3 + other).ravel(), minlength=9)
        found.append(np.log((count + 1) / count.sum()))
    return np.concatenate(found)


def _digits(grey: np.ndarray) -> np.ndarray:
    n, side = len(grey), grey.shape[1] // 8 * 8
    blocks = grey[:, :side, :side].reshape(n, side // 8, 8, side // 8, 8).transpose(0, 1, 3, 2, 4).reshape(-1, 8, 8)
    order = np.arange(8)
    basis = (
        np.cos((2 * order[None, :] + 1) * order[:, None] * np.pi / 16) * np.where(order == 0, 0.5**0.5, 1)[:, None] / 2
    )
    dct = basis.astype(np.float32) @ blocks @ basis.T.astype(np.float32)
    zone = order[:, None] + order[None, :]
    size = np.abs(dct[:, (zone > 0) & (zone < 9)])
    size = size[size >= 1]
    first = (size / 10 ** np.floor(np.log10(size))).astype(int) if len(size) else np.array([1])
    share = np.bincount(np.clip(first, 1, 9), minlength=10)[1:] / len(first)
    benford = np.log10(1 + 1 / np.arange(1, 10))
    zones = []
    for low, high in ((1, 4), (4, 8), (8, 15)):
        part = dct[:, (zone >= low) & (zone < high)]
        zones += [np.log(_kurtosis(part)), float((np.abs(part) < 0.5).mean())]
    return np.concatenate([share - benford, [((share - benford) ** 2 / benford).sum()], zones])


def _noise(rest: np.ndarray, luma: np.ndarray, grey: np.ndarray) -> np.ndarray:
    n, side = len(luma), luma.shape[1] // 16 * 16
    cells = luma[:, :side, :side].reshape(n, side // 16, 16, side // 16, 16)
    level = np.abs(cells).mean((2, 4)).ravel() + _FLOOR
    light = grey[:, :side, :side].reshape(cells.shape).mean((2, 4)).ravel() / 255
    quiet = level <= np.quantile(level, 0.3)
    slope = (
        np.polyfit(light[quiet], np.log(level[quiet]), 1)[0] if quiet.sum() > 8 and np.ptp(light[quiet]) > 0.05 else 0
    )
    r, g, b = (rest[..., i].ravel() for i in range(3))
    chroma = np.abs(rest[..., 0] - rest[..., 2]).mean() / (np.abs(luma).mean() + 0.05)
    spread = np.log(np.quantile(level, 0.9) / np.quantile(level, 0.1))
    told = [
        np.log(level.mean()),
        spread,
        slope,
        np.log(np.quantile(level, 0.1)),
        _likeness(r, g),
        _likeness(g, b),
        chroma,
    ]
    return np.array(told)


def _colour(x: np.ndarray, grey: np.ndarray) -> np.ndarray:
    spread = (x.max(-1) - x.min(-1)) / (x.max(-1) + 8)
    return np.array([spread.mean(), spread.std(), (grey < 12).mean(), (grey > 243).mean(), grey.std() / 64])


def _likeness(a: np.ndarray, b: np.ndarray) -> float:
    a, b = a - a.mean(), b - b.mean()
    return float((a * b).sum() / (np.sqrt((a * a).sum() * (b * b).sum()) + 1e-6))


def _kurtosis(x: np.ndarray) -> float:
    x = x - x.mean()
    return float((x**4).mean() / ((x**2).mean() ** 2 + 1e-6)) + _FLOOR


__all__ = ["names", "statistics"]
