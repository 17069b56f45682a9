"""Papers that do not exist, to try the reader on: zones made up by rule and drawn in OCR-B on a card.

OCR-B is taken from the system where it is installed (Debian's fonts-ocr-b); Courier, which comes with reportlab, stands in.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from random import Random

import numpy as np

from assay.kinds.documents.identity.zone import DIGITS, FRANCE, LAYOUTS, LETTERS, Layout, check_digit

_SYSTEM = Path("/usr/share/fonts/opentype/ocr-b/OCRB.otf")
SIZES = {
    "TD1": (85.6, 54.0),
    "TD2": (105.0, 74.0),
    "MRV-B": (105.0, 74.0),
    "TD3": (125.0, 88.0),
    "MRV-A": (120.0, 80.0),
}  # mm
_SURNAMES = [
    "ERIKSSON",
    "OKONKWO",
    "LI",
    "VAN<DER<BERG",
    "NGUYEN",
    "GARCIA<LOPEZ",
    "SMITH",
    "WOJCIK",
    "IBRAHIM",
    "QUIROZ",
    "ZHANG",
    "FALK",
    "HUBER",
]
_GIVEN = [
    "ANNA<MARIA",
    "CHIDI",
    "WEI",
    "JAN",
    "THI<HOA",
    "JOSE",
    "EVE<KATE",
    "PIOTR",
    "FATIMA",
    "XAVIER",
    "YU",
    "GUSTAV",
    "BERTA<IDA<RUTH",
]
_STATES = ("UTO", "D<<", "FRA", "CHE", "ESP", "BRA", "CHN", "IND", "ZAF", "USA", "POL", "NGA")
_CODES = {"TD1": "I<", "TD2": "I<", "TD3": "P<", "MRV-A": "V<", "MRV-B": "V<"}
SHAPES = tuple(layout for layout in LAYOUTS if layout is not FRANCE)


@cache
def zone_font() -> Path:
    """The font that zones are drawn in."""
    import reportlab

    return _SYSTEM if _SYSTEM.exists() else Path(reportlab.__file__).parent / "fonts" / "com_____.pfb"


def made_up(rng: Random, layout: Layout) -> list[str]:
    """A zone's lines with every check digit right."""
    number = "".join(rng.choices(DIGITS + LETTERS if rng.random() < 0.6 else DIGITS, k=rng.choice((9, 9, 9, 8)))).ljust(
        9, "<"
    )
    state = rng.choice(_STATES)
    birth, expiry = (
        f"{rng.randrange(*years):02d}{rng.randint(1, 12):02d}{rng.randint(1, 28):02d}" for years in ((0, 100), (27, 37))
    )
    optional = "".join(rng.choices(DIGITS + LETTERS, k=rng.randint(1, 7))) if rng.random() < 0.6 else ""
    names = f"{rng.choice(_SURNAMES)}<<{rng.choice(_GIVEN)}"
    number, birth, expiry = (part + str(check_digit(part)) for part in (number, birth, expiry))
    sex, code = rng.choice("MF<"), _CODES[layout.name] + state
    if layout.rows == 3:
        first = (code + number + optional).ljust(30, "<")
        second = (birth + sex + expiry + state).ljust(29, "<")
        return [
            first,
            second + str(check_digit(first[5:] + second[:7] + second[8:15] + second[18:])),
            names.ljust(30, "<"),
        ]
    second = number + state + birth + sex + expiry
    if layout.name == "TD3":
        second += optional.ljust(14, "<") + (str(check_digit(optional)) if optional else "<")
    elif layout.name == "TD2":
        second = (second + optional).ljust(35, "<")
    if any(check.of == "composite" for check in layout.checks):
        second += str(check_digit(second[:10] + second[13:20] + second[21:]))
    return [(code + names).ljust(layout.width, "<"), second.ljust(layout.width, "<")]


def drawn(
    lines: Sequence[str], layout: Layout, rng: Random, fount: Path | None = None, dots: float = 12.0
) -> np.ndarray:
    """The paper's face uint8[h, w, 3], `dots` pixels a millimetre: security print, a grey picture, some lines, the zone."""
    from PIL import Image, ImageDraw, ImageFont

    wide, high = (round(v * dots) for v in SIZES[layout.name])
    image = Image.new("RGB", (wide, high), tuple(rng.randint(205, 250) for _ in range(3)))
    draw = ImageDraw.Draw(image)
    for _ in range(40):
        y, slope, colour = rng.uniform(0, high), rng.gauss(0, 90), tuple(rng.randint(165, 235) for _ in range(3))
        draw.line([(0, y), (wide, y + slope)], fill=colour, width=rng.randint(1, 3))
    draw.rectangle([wide * 0.05, high * 0.2, wide * 0.3, high * 0.62], fill=(rng.randint(90, 190),) * 3)
    plain = ImageFont.truetype(str(zone_font()), round(2.6 * dots))
    for row in range(6):
        draw.text(
            (wide * 0.35, high * (0.14 + 0.08 * row)),
            rng.choice(_SURNAMES).replace("<", " ").title(),
            (30, 30, 40),
            plain,
        )
    font = ImageFont.truetype(str(fount or zone_font()), 100)
    top, bottom = (font.getbbox("H")[k] for k in (1, 3))
    font = ImageFont.truetype(str(fount or zone_font()), round(100 * 2.4 * dots / (bottom - top)))
    pitch = min(2.54 * dots, (wide - 8 * dots) / layout.width)
    left, gap = (wide - pitch * layout.width) / 2, (6.35 if layout.rows == 2 else 5.3) * dots
    base = high - (5 if layout.rows == 2 else 3.5) * dots
    for i, line in enumerate(lines):
        for j, c in enumerate(line):
            at = (left + pitch * (j + 0.5), base - (layout.rows - 1 - i) * gap)
            draw.text(at, c, (24, 22, 28), font, anchor="ms")
    return np.asarray(image)
