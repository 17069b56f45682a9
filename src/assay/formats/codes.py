"""Barcodes and matrix codes in pictures: QR, Micro QR, PDF417, Data Matrix, Aztec and the common linear ones, whichever way they
lie, light on dark too. Read by zxing-cpp (Apache-2.0), with the bytes as they stand in the code."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

MOST = 64  # codes of one picture
MAX_PIXELS = 12_000_000  # larger pictures are looked at reduced
_SMALL = 1_800_000  # pixels up to which a second look at twice the size is cheap
MATRIX = frozenset({"QRCode", "QRCodeModel1", "QRCodeModel2", "MicroQRCode", "RMQRCode", "DataMatrix", "Aztec", "AztecCode"})  # fmt: skip
# Short runs of bars are found in any text by those that have no check digit of their own.
_LONG_ENOUGH = {"ITF": 8, "Codabar": 8, "Code39": 4, "Code39Std": 4, "Code39Ext": 4, "Code93": 3, "Code128": 3, "Telepen": 99, "DataBarLtd": 14}  # fmt: skip
_NEVER = frozenset({"DXFilmEdge", "EAN2", "EAN5", "Telepen", "TelepenAlpha", "TelepenNumeric"})


@dataclass(frozen=True)
class Code:
    """format: zxing's name, such as "QRCode" or "PDF417"; content: the bytes as encoded; text: their text, by the code's ECI
    where it has one; quad: float64[4, 2], corners in pixels from the code's own top left, clockwise; symbology: ISO 15424
    identifier (`]Q2`: an ECI was given)."""

    format: str
    content: bytes
    text: str
    quad: np.ndarray
    symbology: str = ""

    @property
    def box(self) -> tuple[float, float, float, float]:
        (x0, y0), (x1, y1) = self.quad.min(0), self.quad.max(0)
        return float(x0), float(y0), float(x1), float(y1)

    @property
    def matrix(self) -> bool:
        """A code that telephones act on, not one for tills and warehouses."""
        return self.format in MATRIX


def read_codes(pixels: np.ndarray, *, thorough: bool = True) -> tuple[Code, ...]:
    """Every code in uint8[h, w, 3] RGB or [h, w] grey pixels, top to bottom; at most `MOST`. Nothing is raised. Not `thorough`:
    one look, in a fifth of the time, that misses the smallest and those of leaning bars."""
    if min(pixels.shape[:2]) < 12:
        return ()
    import cv2

    grey = pixels if pixels.ndim == 2 else cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    scale = min(1.0, float(np.sqrt(MAX_PIXELS / grey.size)))
    if scale < 1:
        grey = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    found = _read(grey, scale)
    if thorough and grey.size <= _SMALL:  # modules of two pixels and less
        found += _read(cv2.resize(grey, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC), 2 * scale)
    lean = _lean(grey) if thorough else None
    if lean is not None and all(code.matrix for code in found):
        found += _levelled(grey, scale, lean) or _read(255 - grey, scale)
    kept: list[Code] = []
    for code in found:
        centre, reach = code.quad.mean(0), 0.5 * float(np.ptp(code.quad, axis=0).max()) + 8
        if not any(k.format == code.format and np.abs(k.quad.mean(0) - centre).max() < reach for k in kept):
            kept.append(code)
    return tuple(sorted(kept, key=lambda c: (float(c.quad[:, 1].min()), float(c.quad[:, 0].min()))))[:MOST]


def _lean(grey: np.ndarray) -> float | None:
    """Degrees by which bars lean that stand somewhere in the picture, -45..45; None where there are none. By the structure
    tensor: where all edges of a patch run one way, there are bars."""
    import cv2

    scale = min(1.0, 1000 / max(grey.shape))
    small = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA).astype(np.float32)
    gx, gy = cv2.Sobel(small, cv2.CV_32F, 1, 0), cv2.Sobel(small, cv2.CV_32F, 0, 1)
    xx, yy, xy = (cv2.blur(v, (25, 25))[12::12, 12::12] for v in (gx * gx, gy * gy, gx * gy))
    energy = xx + yy
    coherence = np.hypot(xx - yy, 2 * xy) / (energy + 1e-3)
    bars = (coherence > 0.75) & (energy > 6000)
    if bars.sum() < 6:
        return None
    angles = np.degrees(0.5 * np.arctan2(2 * xy[bars], (xx - yy)[bars]))
    angles = (angles + 45) % 90 - 45
    counts, edges = np.histogram(angles, bins=18, range=(-45, 45))
    most = int(counts.argmax())
    near = np.abs((angles - (edges[most] + edges[most + 1]) / 2 + 45) % 90 - 45) < 4
    return float(np.median(angles[near])) if counts[most] >= 6 else None


def _levelled(grey: np.ndarray, scale: float, lean: float) -> list[Code]:
    """Codes of bars, read with the bars upright. In perspective they lean differently at either end, and the reader bears little
    of it, so that a few angles are tried."""
    for off in (0.0, -1.5, 1.5, -3.0, 3.0):
        if found := _turned(grey, scale, lean + off):
            return found
    return []


def _turned(grey: np.ndarray, scale: float, degrees: float) -> list[Code]:
    """Codes read with the picture turned by so much."""
    import cv2

    if abs(degrees) < 0.3:
        return []
    height, width = grey.shape
    side = int(np.hypot(height, width)) + 1
    matrix = np.asarray(cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0), np.float64)
    matrix[:, 2] += side / 2 - np.array([width, height]) / 2
    turned = cv2.warpAffine(grey, matrix, (side, side), borderValue=255)
    back = cv2.invertAffineTransform(matrix)
    return [
        replace(code, quad=(code.quad @ back[:, :2].T + back[:, 2]) / scale)
        for code in _read(turned, 1.0)
        if not code.matrix
    ]


def _read(grey: np.ndarray, scale: float) -> list[Code]:
    import zxingcpp

    try:
        found = zxingcpp.read_barcodes(np.ascontiguousarray(grey), text_mode=zxingcpp.TextMode.Plain)
    except Exception:  # the library throws what its decoders throw; a picture without a readable code is no error
        return []
    return [code for one in found[: 4 * MOST] if (code := _code(one, scale)) is not None]


def _code(one: Any, scale: float) -> Code | None:
    name = one.format.name
    content = bytes(one.bytes)
    if name in _NEVER or not content or len(content) < _LONG_ENOUGH.get(name, 1):
        return None
    at = one.position
    corners = [at.top_left, at.top_right, at.bottom_right, at.bottom_left]
    quad = np.array([[p.x, p.y] for p in corners], np.float64) / scale
    return Code(name, content, _text(one, content), quad, one.symbology_identifier)


def _text(one: Any, content: bytes) -> str:
    """By the code's own account; bytes that are none of it as Latin 1."""
    try:
        return str(one.text)
    except UnicodeDecodeError:
        return content.decode("latin-1")
