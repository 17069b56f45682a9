"""Fonts to draw with: the fourteen every PDF reader has, those that come with reportlab, and free ones found on the system.

A font that is not installed is replaced by the nearest that always is, so that a world can be made anywhere; on one machine
a seed gives the same bytes.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

_SYSTEM = Path("/usr/share/fonts/truetype")
_FILES: dict[str, tuple[str, str]] = {  # name -> file under the system's folder, what stands in for it
    "DejaVuSans": ("dejavu/DejaVuSans.ttf", "Vera"),
    "DejaVuSans-Bold": ("dejavu/DejaVuSans-Bold.ttf", "VeraBd"),
    "DejaVuSansCondensed": ("dejavu/DejaVuSansCondensed.ttf", "Vera"),
    "DejaVuSerif": ("dejavu/DejaVuSerif.ttf", "Times-Roman"),
    "DejaVuSerif-Bold": ("dejavu/DejaVuSerif-Bold.ttf", "Times-Bold"),
    "DejaVuSansMono": ("dejavu/DejaVuSansMono.ttf", "Courier"),
    "DejaVuSansMono-Bold": ("dejavu/DejaVuSansMono-Bold.ttf", "Courier-Bold"),
    "JetBrainsMono": ("jetbrains-mono/JetBrainsMono-Regular.ttf", "Courier"),
    "NotoSans": ("noto/NotoSans-Regular.ttf", "Vera"),
    "NotoSans-Bold": ("noto/NotoSans-Bold.ttf", "VeraBd"),
    "NotoSerif": ("noto/NotoSerif-Regular.ttf", "Times-Roman"),
    "NotoSerif-Bold": ("noto/NotoSerif-Bold.ttf", "Times-Bold"),
    "DroidSansFallback": ("droid/DroidSansFallbackFull.ttf", "STSong-Light"),
}
_OWN = {"Vera": "Vera.ttf", "VeraBd": "VeraBd.ttf"}
_CHINESE = ("STSong-Light", "MSung-Light")  # not embedded: the reader's own
_BOLD = {
    "Helvetica": "Helvetica-Bold", "Times-Roman": "Times-Bold", "Courier": "Courier-Bold", "Vera": "VeraBd",
    "DejaVuSans": "DejaVuSans-Bold", "DejaVuSerif": "DejaVuSerif-Bold", "DejaVuSansMono": "DejaVuSansMono-Bold",
    "NotoSans": "NotoSans-Bold", "NotoSerif": "NotoSerif-Bold", "DejaVuSansCondensed": "DejaVuSans-Bold",
}  # fmt: skip


@cache
def font(name: str) -> str:
    """The name under which reportlab knows this font, registered when first asked for."""
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont
    from reportlab.pdfbase.ttfonts import TTFont

    if name in _CHINESE:
        pdfmetrics.registerFont(UnicodeCIDFont(name))
    elif name in _OWN:
        pdfmetrics.registerFont(TTFont(name, _OWN[name]))
    elif name in _FILES:
        file, instead = _FILES[name]
        if not (_SYSTEM / file).exists():
            return font(instead)
        pdfmetrics.registerFont(TTFont(name, str(_SYSTEM / file)))
    return name


def bold(name: str) -> str:
    """The bold of a font; itself where it has none."""
    return _BOLD.get(name, name)


def runs(text: str, name: str) -> list[tuple[str, str]]:
    """A text as runs of one font each: Chinese fallback fonts have no Latin letters and no figures."""
    if name != "DroidSansFallback":
        return [(text, name)]
    out: list[tuple[str, str]] = []
    for character in text:
        one = "Vera" if ord(character) < 0x2000 else name
        if out and out[-1][1] == one:
            out[-1] = (out[-1][0] + character, one)
        else:
            out.append((character, one))
    return out


def width(text: str, name: str, size: float) -> float:
    """Points that a text takes up."""
    from reportlab.pdfbase.pdfmetrics import stringWidth

    return float(sum(stringWidth(run, font(one), size) for run, one in runs(text, name)))
